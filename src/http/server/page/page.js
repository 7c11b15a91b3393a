// The page of the interface: Swagger UI, with a box that finds operations by all that is said of them, and
// with a key of its own for every request that is sent.
"use strict";

/** The header by which an act happens once. */
const KEY = "Idempotency-Key";

/** What stands in its place until a request is sent. */
const FRESH = "auto";

/** A key that nothing was sent with before. Without TLS there is no `randomUUID`. */
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (it) => it.toString(16).padStart(2, "0")).join("");
}

/** Texts are compared without regard to case, width and form. */
function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

const known = new WeakMap();

/** All that is said of an operation, as one text. */
function said(it, tag) {
  const operation = it.get("operation");
  let text = known.get(operation);
  if (text === undefined) {
    const fields = ["operationId", "summary", "description", "x-summary-zh"];
    const texts = [...fields.map((field) => operation.get(field)), ...(operation.get("x-keywords") ?? [])];
    text = folded([it.get("method"), it.get("path"), tag, ...texts].filter(Boolean).join("\n"));
    known.set(operation, text);
  }
  return text;
}

/**
 * Whether a word stands in a text: `rent` where a word begins, and not in `current`; Chinese anywhere, but 审核 not in the
 * name of a role, 乡镇审核人员, since roles are named in all operations.
 */
function has(text, word) {
  const letter = /[a-z0-9_]/u;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const isInside = at > 0 && letter.test(word[0]) && letter.test(text[at - 1]);
    if (!isInside && !text.startsWith("人员", at + word.length)) {
      return true;
    }
  }
  return false;
}

/** The operations, by tag, of which every word of a phrase is said. */
function opsFilter(tagged, phrase) {
  const words = folded(phrase).split(/\s+/u).filter(Boolean);
  const fits = (it, tag) => words.every((word) => has(said(it, tag), word));
  return tagged
    .map((group, tag) => group.update("operations", (all) => all.filter((it) => fits(it, tag))))
    .filter((group) => group.get("operations").size > 0);
}

/** The document as the page shows it. */
function shown(document) {
  const parameters = Object.values(document.components?.parameters ?? {});
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item)) {
      parameters.push(...(operation.parameters ?? []));
      if (operation.summary && operation["x-summary-zh"]) {
        operation.summary = `${operation.summary} ${operation["x-summary-zh"]}`;
      }
    }
  }
  for (const it of parameters.filter((parameter) => parameter.name)) {
    if (it.name === KEY) {
      it.example = FRESH;
      it.description = `\`${FRESH}\`: every request gets a key of its own. `
        + "Send the key of an earlier request to repeat that one. "
        + `填 \`${FRESH}\` 则每次发送自动生成新的键；重发同一请求时填原来的键。\n\n${it.description ?? ""}`;
    } else if (!it.required && it.example !== undefined) {
      // The page sends what stands in a field: what need not be said is left to whoever asks.
      it.description = `${it.description ?? ""}\n\nSuch as 例如 \`${it.example}\``;
      delete it.example;
    }
  }
  return document;
}

/** What is typed into the box. */
function typed(layoutSelectors) {
  const phrase = layoutSelectors.currentFilter();
  return typeof phrase === "string" ? phrase.trim() : "";
}

/** The box in which people type what they look for. */
function finding(_, { React }) {
  const make = React.createElement;
  return function Finder({ layoutActions, layoutSelectors, specSelectors }) {
    const phrase = layoutSelectors.currentFilter();
    const all = specSelectors.operations().size;
    const count = (sum, group) => sum + group.get("operations").size;
    const found = specSelectors.taggedOperations().reduce(count, 0);
    const told = `${found} of ${all} operations · 共 ${all} 项操作，找到 ${found} 项`;
    return make("search", { className: "find" },
      make("label", { htmlFor: "find" }, "Find an operation 查找操作"),
      make("input", {
        id: "find",
        type: "search",
        placeholder: "upload, lease, maintainer, auditor … 上传、租赁、管护、分红……",
        autoComplete: "off",
        value: typeof phrase === "string" ? phrase : "",
        onChange: (event) => layoutActions.updateFilter(event.target.value),
      }),
      make("p", { role: "status" }, typed(layoutSelectors) === "" ? "" : told));
  };
}

/** The operations, or what to do where none is found. */
function operations(Original, { React }) {
  const none = "Nothing is found: try another word, or fewer. 未找到：请换一个词，或少用几个词。";
  return function Operations(props) {
    const isEmpty = typed(props.layoutSelectors) !== "" && props.specSelectors.taggedOperations().size === 0;
    const make = React.createElement;
    return isEmpty ? make("p", { className: "none" }, none) : make(Original, props);
  };
}

window.ui = SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: new URL("../openapi.json", window.location.href).href,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  plugins: [
    () => ({
      fn: { opsFilter },
      wrapComponents: { FilterContainer: finding, operations },
      statePlugins: {
        spec: { wrapActions: { updateJsonSpec: (update) => (document) => update(shown(document)) } },
      },
    }),
  ],
  requestInterceptor: (request) => {
    if (request.headers?.[KEY] === FRESH) {
      request.headers[KEY] = freshKey();
    }
    return request;
  },
});
