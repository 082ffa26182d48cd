/** Something could not be read: the cause, the cure, once more. What was seen before stays below. */
import { RefreshCw } from "lucide-react";
import { ApiProblem } from "../api/client.js";
import { Button } from "./button.js";

interface ProblemProps {
  readonly error: Error;
  readonly what: string;
  readonly onAgain?: () => void;
}

export function Problem({ error, what, onAgain }: ProblemProps) {
  const advice = error instanceof ApiProblem ? error.problem.suggestions.map(({ label }) => label).join(" ") : "";
  return (
    <div className="unread" role="alert">
      <h2>{what}</h2>
      <p className="mid">{error.message}</p>
      {advice === "" ? null : <p className="dim">{advice}</p>}
      {onAgain === undefined ? null : (
        <div className="btns">
          <Button onClick={onAgain}>
            <RefreshCw className="i s" aria-hidden="true" />
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}
