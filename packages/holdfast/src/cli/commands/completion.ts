/** `completion`: the script that teaches a shell our words. The scripts are thin: they ask `holdfast __complete`. */
import { EXIT, WrongUseError } from "@holdfast/core";
import { didYouMean } from "../../suggest.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";

/** Each script hands the words typed so far, the last one unfinished, and offers the lines it gets back. */
export const COMPLETION_SCRIPTS = {
  bash: `# holdfast completion for bash; load it with: source <(holdfast completion bash)
_holdfast() {
  local IFS=$'\\n' line="\${COMP_LINE:0:COMP_POINT}" last words
  IFS=' ' read -r -a words <<< "$line"
  [[ "$line" == *" " ]] && words+=("")
  last="\${words[\${#words[@]}-1]}"
  COMPREPLY=($(compgen -W "$(holdfast __complete "\${words[@]:1}" 2>/dev/null)" -- "$last"))
  # Bash breaks words at "=" and ":"; what stands before the last break is typed already.
  if [[ "$last" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then COMPREPLY=("\${COMPREPLY[@]#"\${last%=*}="}"); fi
  [[ "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
}
complete -o default -F _holdfast holdfast
`,
  zsh: `#compdef holdfast
# holdfast completion for zsh; load it with: source <(holdfast completion zsh)
_holdfast() {
  local -a candidates
  candidates=("\${(@f)$(holdfast __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then
    compadd -S '' -- \${(M)candidates:#*=} && true
    compadd -- \${candidates:#*=}
  else
    _files
  fi
}
compdef _holdfast holdfast
`,
  fish: `# holdfast completion for fish; load it with: holdfast completion fish | source
function __holdfast_complete
  set -l words (commandline -opc) (commandline -ct)
  holdfast __complete $words[2..-1] 2>/dev/null
end
complete -c holdfast -f -a '(__holdfast_complete)'
`,
} as const;

export async function run(cli: Cli, args: Args): Promise<number> {
  const shell = args.word(0);
  const shells = Object.keys(COMPLETION_SCRIPTS);
  const script = (COMPLETION_SCRIPTS as Readonly<Record<string, string>>)[shell];
  if (script === undefined) {
    throw new WrongUseError({
      problem: `Completion is available for ${shells.join(", ")}, not for "${shell}".${didYouMean(shell, shells)}`,
    });
  }
  cli.console.lines([script.trimEnd()]);
  return EXIT.done;
}
