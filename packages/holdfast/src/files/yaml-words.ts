/** What a YAML parser says to programmers, in words for whoever wrote the file. */

interface Words {
  readonly message: string;
  readonly cure: string;
}

const QUOTE_IT = "Put text with special characters in quotes";

const WORDS: Readonly<Record<string, Words>> = {
  ALIAS_PROPS: { message: "an alias has a name or tag of its own", cure: "Remove what stands before the *" },
  BAD_ALIAS: { message: "an alias (*) or anchor (&) is not named as one can be", cure: QUOTE_IT },
  BAD_COLLECTION_TYPE: { message: "a tag does not fit what follows it", cure: "Remove the tag (the word after !)" },
  BAD_DIRECTIVE: { message: "a line begins with %, which begins an instruction that is not known", cure: QUOTE_IT },
  BAD_DQ_ESCAPE: {
    message: "a backslash in double quotes is followed by what it cannot be",
    cure: "Use single quotes, or write the backslash twice",
  },
  BAD_INDENT: {
    message: "the line is indented otherwise than its section",
    cure: "Give the settings of a section the same number of leading spaces, and close brackets and quotes above",
  },
  BAD_PROP_ORDER: { message: "a tag or anchor stands where none can", cure: "Remove it, or put it before the value" },
  BAD_SCALAR_START: { message: "a text begins with a sign that begins something else", cure: "Put the text in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a setting stands on the line of another one",
    cure: `Give each setting a line of its own. ${QUOTE_IT}, a colon among them`,
  },
  BLOCK_IN_FLOW: {
    message: "an indented list or section stands within brackets",
    cure: "Write it in brackets as well, or the outer one without",
  },
  DUPLICATE_KEY: { message: "a name stands twice in one section", cure: "Keep one of the two" },
  KEY_OVER_1024_CHARS: { message: "a name has more than 1,024 characters", cure: `Shorten it. ${QUOTE_IT}` },
  MISSING_CHAR: {
    message: "a quote, bracket, comma or colon is missing",
    cure: "Close the quote or bracket, or put the text in quotes",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "a name goes over several lines",
    cure: "Put a colon behind it on its own line, or indent the line as the text above",
  },
  MULTIPLE_ANCHORS: { message: "a value has two anchors (&)", cure: "Keep one of the two" },
  MULTIPLE_DOCS: {
    message: "the file holds several documents, parted by ---, and one is expected",
    cure: "Keep one document: remove the second --- and what follows, or put the others in files of their own",
  },
  MULTIPLE_TAGS: { message: "a value has two tags (!)", cure: "Keep one of the two" },
  NON_STRING_KEY: { message: "a name is no text", cure: "Put the name in quotes" },
  RESOURCE_EXHAUSTION: { message: "it is nested too deeply", cure: "Write it flatter" },
  TAB_AS_INDENT: { message: "the line is indented with a tab", cure: "Indent with spaces" },
  TAG_RESOLVE_FAILED: { message: "a tag is not known here", cure: "Remove the tag (the word after !)" },
  UNEXPECTED_TOKEN: { message: "a sign stands where none can", cure: `${QUOTE_IT}, and check the indentation above` },
};

/** `said` is the parser's message: what is not known by its code keeps the words it has. */
export function wordYamlError(code: string, said: string): Words {
  const [line = ""] = said.split("\n");
  return WORDS[code] ?? { message: line.replace(/[.\s]+$/, ""), cure: `${QUOTE_IT}, and check the indentation above` };
}
