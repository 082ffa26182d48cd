/** What a YAML parser says to programmers, in words for whoever wrote the file. */

interface Words {
  readonly message: string;
  readonly cure: string;
}

const QUOTE_IT = "Put text with special characters in quotes";

const WORDS: Readonly<Record<string, Words>> = {
  ALIAS_PROPS: { message: "an alias has its own name or tag", cure: "Remove everything before the *" },
  BAD_ALIAS: { message: "an alias (*) or anchor (&) has an invalid name", cure: QUOTE_IT },
  BAD_COLLECTION_TYPE: { message: "a tag does not match its value", cure: "Remove the tag (the word after !)" },
  BAD_DIRECTIVE: { message: "a line begins with % and an unknown directive", cure: QUOTE_IT },
  BAD_DQ_ESCAPE: {
    message: "a backslash in double quotes begins an invalid escape",
    cure: "Use single quotes, or write the backslash twice",
  },
  BAD_INDENT: {
    message: "the line is indented differently from its section",
    cure: "Give the settings of a section the same number of leading spaces, and close brackets and quotes above",
  },
  BAD_PROP_ORDER: { message: "a tag or anchor is misplaced", cure: "Remove it, or put it before the value" },
  BAD_SCALAR_START: { message: "a text begins with a special character", cure: "Put the text in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a setting is on the same line as another one",
    cure: `Put each setting on its own line. ${QUOTE_IT}, such as a colon`,
  },
  BLOCK_IN_FLOW: {
    message: "an indented list or section is inside brackets",
    cure: "Use brackets for it too, or write the outer one without brackets",
  },
  DUPLICATE_KEY: { message: "a name appears twice in one section", cure: "Keep one of the two" },
  KEY_OVER_1024_CHARS: { message: "a name has more than 1,024 characters", cure: `Shorten it. ${QUOTE_IT}` },
  MISSING_CHAR: {
    message: "a quote, bracket, comma or colon is missing",
    cure: "Close the quote or bracket, or put the text in quotes",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "a name spans several lines",
    cure: "Put a colon after it on its line, or indent the line like the text above",
  },
  MULTIPLE_ANCHORS: { message: "a value has two anchors (&)", cure: "Keep one of the two" },
  MULTIPLE_DOCS: {
    message: "the file contains several documents, separated by ---; one is expected",
    cure: "Keep one document: remove the second --- and what follows, or put the others in separate files",
  },
  MULTIPLE_TAGS: { message: "a value has two tags (!)", cure: "Keep one of the two" },
  NON_STRING_KEY: { message: "a name is not text", cure: "Put the name in quotes" },
  RESOURCE_EXHAUSTION: { message: "it is nested too deeply", cure: "Reduce the nesting" },
  TAB_AS_INDENT: { message: "the line is indented with a tab", cure: "Indent with spaces" },
  TAG_RESOLVE_FAILED: { message: "unknown tag", cure: "Remove the tag (the word after !)" },
  UNEXPECTED_TOKEN: { message: "unexpected character", cure: `${QUOTE_IT}, and check the indentation above` },
};

/** `said` is the parser's message: what is not known by its code keeps the words it has. */
export function wordYamlError(code: string, said: string): Words {
  const [line = ""] = said.split("\n");
  return WORDS[code] ?? { message: line.replace(/[.\s]+$/, ""), cure: `${QUOTE_IT}, and check the indentation above` };
}
