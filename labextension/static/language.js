// Shows a notebook's text in one language, that of `lang` in its parameters cell; cells of text are tagged en or zh.
// Written as JupyterLab loads it (a container of module federation), so that nothing needs to be built.
(() => {
  const LANGUAGES = ["en", "zh"];
  const LANG = /^lang\b[^=\n]*=\s*["'](\w+)["']/m;
  const hidden = new WeakSet(); // cells hidden here, and not by a heading that was folded
  const outlines = new WeakMap(); // by notebook

  const tagsOf = (cell) => cell.model.getMetadata("tags") ?? [];

  function languageOf(cells) {
    const given = cells
      .filter((cell) => tagsOf(cell).some((tag) => tag.endsWith("parameters"))) // those that papermill put in, too
      .map((cell) => LANG.exec(cell.model.sharedModel.getSource())?.[1]);
    return given.filter(Boolean).at(-1);
  }

  function arrange(notebook) {
    const given = languageOf(notebook.widgets);
    const lang = LANGUAGES.includes(given) ? given : "all";
    for (const cell of notebook.widgets) {
      const own = tagsOf(cell).filter((tag) => LANGUAGES.includes(tag));
      const hide = cell.model.type === "markdown" && lang !== "all" && own.length > 0 && !own.includes(lang);
      if (hide !== hidden.has(cell)) {
        cell.setHidden(hide);
        hide ? hidden.add(cell) : hidden.delete(cell);
      }
    }
    if (notebook.node.dataset.insightLanguage !== lang) outlines.get(notebook)?.refresh();
    notebook.node.dataset.insightLanguage = lang;
  }

  async function follow(panel) {
    await panel.revealed;
    let due = false;
    const soon = () => {
      if (due) return;
      due = true;
      setTimeout(() => {
        due = false;
        if (!panel.isDisposed) arrange(panel.content);
      }, 50);
    };
    panel.content.model.contentChanged.connect(soon);
    arrange(panel.content);
  }

  // Leave the headings of hidden cells out of every outline that is made.
  function shorten(registry) {
    const make = registry.getModel.bind(registry);
    registry.getModel = (panel, settings) => {
      const outline = make(panel, settings);
      const all = outline?.getHeadings.bind(outline);
      if (all && panel.content?.widgets) {
        outline.getHeadings = async () => (await all())?.filter(({ cellRef }) => !hidden.has(cellRef)) ?? null;
        outlines.set(panel.content, outline);
      }
      return outline;
    };
  }

  let shared;
  const brought = async (name) => (await Object.values(shared[name])[0].get())();
  async function extension() {
    const { INotebookTracker } = await brought("@jupyterlab/notebook");
    const { ITableOfContentsRegistry } = await brought("@jupyterlab/toc");
    const plugin = {
      id: "insight-language:plugin",
      description: "Shows a notebook's text in the language of its parameters cell.",
      autoStart: true,
      requires: [INotebookTracker, ITableOfContentsRegistry],
      activate: (_app, notebooks, registry) => {
        shorten(registry);
        notebooks.forEach(follow);
        notebooks.widgetAdded.connect((_tracker, panel) => follow(panel));
      },
    };
    return () => ({ __esModule: true, default: plugin });
  }

  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB["insight-language"] = { init: (scope) => void (shared = scope), get: extension };
})();
