/**
 * Cleans text for every writer (CSV, workbooks, pages, decks): the result contains only visible characters that XML 1.0
 * allows. Nothing is dropped silently.
 */

/** C0 and C1 controls and DEL, except tab and line feed, which are ordinary in a cell; bidirectional marks. */
const CONTROLS = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
/** Noncharacters, which XML documents must not contain (XML 1.0, production 2). */
const NONCHARACTERS = /[\ufffe\uffff]/g;

/** ESC becomes ␛, carriage returns line feeds; lone surrogates, U+FFFE, U+FFFF and controls without a symbol become U+FFFD. */
export function visibleControls(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .toWellFormed()
    .replace(NONCHARACTERS, "\ufffd")
    .replace(CONTROLS, (control) => {
      const code = control.charCodeAt(0);
      if (code === 0x7f) return "\u2421";
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
    });
}
