// htmx: how it asks, and what it must not do under our policy (no eval, no injected style).
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET") ctx.request.headers["X-CSRF-Token"] = balcao.csrf();
});
