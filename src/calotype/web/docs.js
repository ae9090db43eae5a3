// The HTTP interface, as /openapi.json tells it: Swagger UI (a classic script, loaded before this).

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** Swagger UI has a dark look of its own, under a class; theme.js knows which one is wanted. */
function followTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  root.classList.toggle("dark-mode", dark);
}

async function json(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  return response.ok ? response.json() : {};
}

/**
 * Makes "Execute" answer with something at the first click.
 *
 * Swagger UI fills every field with its example, and all filters at once match nothing: what may
 * be left out says its example in words instead. What must be given is taken from this library.
 */
function tryable(spec, image) {
  const known = { id: image?.id, query: image?.title };
  for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
    for (const parameter of operation.parameters ?? []) {
      const { name, required, example } = parameter;
      if (required) parameter.example = known[name] || example;
      else if (example !== undefined) {
        parameter.description = `${parameter.description ?? ""} For example \`${example}\`.`;
        delete parameter.example;
      }
    }
  }
  return spec;
}

/** The page has grown above the place that its address leads to: there once more. */
function goToAnchor() {
  let [id] = location.hash.slice(1).match(/^errors(-[a-z-]+)?$/) ?? [];
  if (!id) return; // none, or Swagger's own
  // `errors-refused-too-large` is explained with `errors-refused`
  while (!document.getElementById(id)) id = id.slice(0, id.lastIndexOf("-"));
  document.getElementById(id).scrollIntoView();
}

followTheme();
system.addEventListener("change", followTheme);
new MutationObserver(followTheme).observe(root, { attributeFilter: ["data-theme"] });

const [spec, newest] = await Promise.all([json("/openapi.json"), json("/search?limit=1")]);
window.SwaggerUIBundle({
  spec: tryable(spec, newest.results?.[0]),
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  onComplete: () => requestAnimationFrame(goToAnchor),
  validatorUrl: null, // a validator would be told of the document, elsewhere
});
