/** Before the page: who asks is found out, signed in if need be. Nothing of a run is asked for until then. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiProblem, onTraffic } from "../api/client.js";
import type { Session } from "../api/types.js";
import { client as live, reconnect } from "../live/client.js";
import { Brand } from "../parts/brand.js";
import { Button } from "../parts/button.js";
import { signIn, takeToken, whoAmI } from "./session.js";
import { SessionContext } from "./session-context.js";

type Known =
  | { readonly kind: "looking" }
  | { readonly kind: "nobody" }
  | { readonly kind: "away" }
  | { readonly kind: "known"; readonly session: Session };

const AGAIN_MS = 2_000;

export function Gate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const [known, setKnown] = useState<Known>({ kind: "looking" });
  const look = useCallback(async () => {
    try {
      const session = await whoAmI();
      setKnown({ kind: "known", session });
    } catch (error) {
      const isRefused = error instanceof ApiProblem && error.status === 401;
      setKnown((was) => (isRefused ? { kind: "nobody" } : was.kind === "known" ? was : { kind: "away" }));
    }
  }, []);

  useEffect(() => {
    void takeToken().then(look);
    // A link with a token, opened while the page is here.
    const onHash = () =>
      void takeToken().then((taken) => {
        if (!taken) return;
        reconnect();
        void look();
      });
    addEventListener("hashchange", onHash);
    const unwatch = onTraffic((event) => {
      if (event === "signedOut") setKnown({ kind: "nobody" });
    });
    // A socket whose session is over is the first to hear of it.
    const unlisten = live.connection.subscribe(() => {
      if (live.connection.get().kind === "refused") void look();
    });
    return () => {
      removeEventListener("hashchange", onHash);
      unwatch();
      unlisten();
    };
  }, [look]);

  useEffect(() => {
    if (known.kind !== "away") return;
    const timer = setTimeout(look, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [known, look]);

  if (known.kind === "known") return <SessionContext value={known.session}>{children}</SessionContext>;
  if (known.kind === "looking") return null;
  if (known.kind === "away") return <Away />;
  const enter = (session: Session) => {
    client.clear();
    reconnect();
    setKnown({ kind: "known", session });
  };
  return <SignIn onSession={enter} />;
}

function Away() {
  return (
    <main className="gate">
      <div>
        <Brand />
        <h1>The server does not answer</h1>
        <p role="status">Trying again every two seconds. Runs go on without this page.</p>
        <div className="code">
          <span className="p">$ </span>holdfast serve
        </div>
      </div>
    </main>
  );
}

function SignIn({ onSession }: { readonly onSession: (session: Session) => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const enter = async (event: FormEvent) => {
    event.preventDefault();
    try {
      onSession(await signIn(token.trim()));
    } catch (error) {
      const isRefused = error instanceof ApiProblem && error.status === 401;
      setProblem(isRefused ? "This token is not known here." : (error as Error).message);
    }
  };
  return (
    <main className="gate">
      <form onSubmit={(event) => void enter(event)}>
        <Brand />
        <h1>Sign in</h1>
        <p>Open the address that holdfast serve printed: it carries the token. Or enter a token or an API key here.</p>
        <div className="fl">
          <label htmlFor="token">Token or API key</label>
          <input
            id="token"
            className="inp mono"
            type="password"
            autoComplete="current-password"
            value={token}
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : "token-problem"}
            onChange={(event) => setToken(event.target.value)}
          />
          {problem === null ? null : (
            <span className="err" id="token-problem" role="alert">
              {problem}
            </span>
          )}
        </div>
        <div className="btns">
          <Button kind="pri" type="submit" refusal={token.trim() === "" ? "Enter a token first" : null}>
            Sign in
          </Button>
        </div>
      </form>
    </main>
  );
}
