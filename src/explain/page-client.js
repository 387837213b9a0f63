/** Runs in the page: opens a dispatch with its WGSL. */
(() => {
  const element = (/** @type {string} */ id) => {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no #${id}`);
    return found;
  };
  /** @type {{ index: number, label: string, kernel: string, nodes: string[], fused: Record<string, string[]>, shape: number[], workgroups: number[], reads: string[], writes: string[], overrides: Record<string, number>, shader: number, copy?: string, macs: number, bound: { bytes: number, intensity: number, microseconds: number, by: string } }[]} */
  const dispatches = JSON.parse(element("dispatches-data").textContent);
  /** @type {string[]} */
  const shaders = JSON.parse(element("shaders-data").textContent);
  const dialog = /** @type {HTMLDialogElement} */ (element("detail"));
  let shown = 0;

  /** The value between the functions that are applied to it. @param {Record<string, string[]>} fused */
  function expressions(fused) {
    return Object.entries(fused)
      .map(([slot, list]) => `${slot}: value → ${list.join(" → ")}`)
      .join("; ");
  }

  /** @param {number} index */
  function show(index) {
    const dispatch = dispatches[index];
    if (!dispatch) return;
    shown = index;
    const { bound } = dispatch;
    element("detail-title").textContent = `#${index} ${dispatch.kernel}`;
    const facts = {
      nodes: dispatch.nodes.join(", "),
      expressions: expressions(dispatch.fused),
      reads: dispatch.reads.join(", "),
      writes: `${dispatch.writes.join(", ")} (${dispatch.shape.join(" x ")})`,
      workgroups: dispatch.workgroups.join(" x "),
      overrides: Object.entries(dispatch.overrides)
        .map(([key, value]) => `${key} = ${value}`)
        .join(", "),
      cost: `${(dispatch.macs / 1e6).toFixed(3)} MMAC, ${bound.bytes} bytes, ${bound.intensity.toFixed(2)} operations a byte, at least ${bound.microseconds.toFixed(2)} µs (${bound.by})`,
      copy: dispatch.copy ?? "",
    };
    element("detail-facts").replaceChildren(
      ...Object.entries(facts)
        .filter(([, text]) => text)
        .flatMap(([term, text]) =>
          [term, text].map((part, i) => entry(i === 0 ? "dt" : "dd", part)),
        ),
    );
    element("detail-code").replaceChildren(...highlight(shaders[dispatch.shader]));
    if (!dialog.open) dialog.showModal();
    element("detail-code").scrollTop = 0;
  }

  /** @param {"dt" | "dd" | "span"} tag @param {string} text @param {string=} name */
  function entry(tag, text, name) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  const TOKENS =
    /(\/\/.*)|\b(fn|let|var|const|override|struct|return|if|else|for|while|switch|loop|break|continue|alias|enable)\b|(@\w+)|\b(\d[\w.]*)/g;

  /** @param {string} code */
  function* highlight(code) {
    let at = 0;
    for (const match of code.matchAll(TOKENS)) {
      yield code.slice(at, match.index);
      const name = ["comment", "word", "attribute", "digit"].find((_, i) => match[i + 1]);
      yield entry("span", match[0], name);
      at = match.index + match[0].length;
    }
    yield code.slice(at);
  }

  function followAddress() {
    const match = /^#d(\d+)$/.exec(location.hash);
    if (match) show(Number(match[1]));
  }

  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const opener = target.closest("[data-dispatch]");
    const step = target.closest("[data-step]");
    const link = target.closest('a[href^="#d"]');
    if (opener) show(Number(opener.getAttribute("data-dispatch")));
    else if (step) show(shown + Number(step.getAttribute("data-step")));
    else if (link && /^#d\d+$/.test(link.getAttribute("href") ?? "")) {
      event.preventDefault();
      show(Number(link.getAttribute("href")?.slice(2)));
    } else if (target === dialog) dialog.close();
  });
  for (const pane of document.querySelectorAll(".pane")) {
    pane.scrollLeft = (pane.scrollWidth - pane.clientWidth) / 2;
  }
  addEventListener("hashchange", followAddress);
  followAddress();
})();
