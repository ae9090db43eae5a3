// A classic script, loaded before the first paint, so that a remembered theme never flashes.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");

  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage may be forbidden: the system's theme it is
    }
  };

  const remember = (theme) => {
    try {
      if (theme === null) localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch {
      // nothing to do: the choice lasts until the page is left
    }
  };

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  apply(remembered());

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => {
      const other = current() === "dark" ? "light" : "dark";
      button.setAttribute("aria-label", `Switch to ${other} theme`);
      button.title = `Switch to ${other} theme`;
    };
    button.addEventListener("click", () => {
      const wanted = current() === "dark" ? "light" : "dark";
      const asSystem = wanted === (system.matches ? "dark" : "light");
      apply(asSystem ? null : wanted);
      remember(asSystem ? null : wanted);
      label();
    });
    system.addEventListener("change", label);
    label();
  });
})();
