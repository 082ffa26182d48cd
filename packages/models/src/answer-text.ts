// Separates a model's answer from the rest of its text: reasoning, and drafts of a value before the last one. Pure.
// Nothing is guessed: a truncated object is not completed, and a value inside one is not an answer.

const NAMES = "think|thinking|thought|thoughts|reasoning|scratchpad";
/** Blocks of reasoning as open models write them; the patterns below cover other notations. */
const BLOCKS: readonly RegExp[] = [
  new RegExp(`<(${NAMES})(?:\\s[^>]*)?>[\\s\\S]*?</\\1\\s*>`, "gi"),
  /◁think▷[\s\S]*?◁\/think▷/g,
  /\[THINK\][\s\S]*?\[\/THINK\]/g,
  /<seed:think>[\s\S]*?<\/seed:think>/g,
  /<\|channel\|>(?:analysis|commentary)[\s\S]*?<\|end\|>/g,
];
/** End of a block that began in the prompt. Everything before it is reasoning. */
const LATE_END = new RegExp(`^[\\s\\S]*(?:</(?:${NAMES})\\s*>|◁/think▷|\\[/THINK\\]|</seed:think>)`, "i");
/** Block without an end: the model never began its answer. */
const NO_END = new RegExp(`(?:<(?:${NAMES})(?:\\s[^>]*)?>|◁think▷|\\[THINK\\]|<seed:think>)[\\s\\S]*$`, "i");
/** Frame around the final message of models that write in channels. */
const FRAME = /<\|(?:start|end|return|message|channel)\|>(?:assistant|final)?/g;

/** Returns the text without blocks of reasoning, trimmed if something was removed. */
export function dropReasoning(text: string): string {
  let rest = text;
  for (const block of BLOCKS) rest = rest.replace(block, " ");
  rest = rest.replace(LATE_END, "").replace(NO_END, "").replace(FRAME, "");
  return rest === text ? text : rest.trim();
}

/**
 * Returns the JSON objects and arrays in a text, in order, fenced or within prose, outermost ones only. A bracket that
 * begins like JSON but never closes is a cut-off answer. Nothing from there on counts, since its ending would be
 * invented.
 */
export function findJsonValues(text: string): unknown[] {
  const values: unknown[] = [];
  for (let at = 0; at < text.length; at++) {
    if ((text[at] !== "{" && text[at] !== "[") || !beginsAsJson(text, at)) continue;
    const end = endOfValue(text, at);
    if (end === -1) break;
    try {
      values.push(JSON.parse(text.slice(at, end)));
    } catch {
      // Balanced, but not JSON: whatever is inside belongs to it.
    }
    at = end - 1;
  }
  return values;
}

/** The character after a bracket distinguishes JSON from prose. */
function beginsAsJson(text: string, at: number): boolean {
  const after = text.slice(at + 1, at + 200);
  return text[at] === "{" ? /^\s*["}]/.test(after) : /^\s*(?:["[{\]\d-]|true\b|false\b|null\b)/.test(after);
}

/** Returns the index after the bracket that closes the one at `start`; -1 if none does. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
