// What is refused without an answer to show in its place: the session is over, the form is of an earlier one, the thing is
// gone. The page stays as it is, with all that was typed, and says so.
balcao.isRefused = (ctx) => ctx.response?.status >= 400 && Boolean(ctx.text?.includes(" data-refused"));

function tell(html) {
  const box = document.getElementById("not-done") ?? document.createElement("div");
  box.id = "not-done";
  box.innerHTML = html;
  // What lies behind an open dialog can't be reached.
  (document.querySelector("dialog[open]") ?? document.getElementById("content")).append(box);
}

document.addEventListener("htmx:after:request", (e) => {
  const { ctx } = e.detail, command = e.target.dataset?.command;
  const asks = ctx.request.method === "GET";
  if (!asks && ctx.response.status < 400) document.getElementById("not-done")?.remove();
  // A ticket's page says itself that the desk is away.
  if (!balcao.isRefused(ctx) || (command && ctx.response.status >= 500)) return;
  e.preventDefault();
  // News that can't be shown are no matter for whoever reads, unless none will come any more.
  if (!asks || ctx.response.status === 401) tell(ctx.text);
});
