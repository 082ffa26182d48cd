/** Before the page: who asks is found out, signed in if need be. Nothing of a run is asked for until then. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiProblem, onTraffic } from "../api/client.js";
import { SessionContext } from "../api/session-context.js";
import type { Session } from "../api/types.js";
import { client as live, reconnect } from "../live/client.js";
import { Brand } from "../parts/brand.js";
import { Button } from "../parts/button.js";
import { isSignInOfSite, type Refusal, SignInRefused, signIn, takeToken, whoAmI } from "./session.js";

type Known =
  | { readonly kind: "looking" }
  | { readonly kind: "nobody"; readonly why: Refusal | null }
  | { readonly kind: "away" }
  | { readonly kind: "known"; readonly session: Session };

const AGAIN_MS = 2_000;

export function Gate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const [known, setKnown] = useState<Known>({ kind: "looking" });
  const look = useCallback(async (why: Refusal | null = null) => {
    try {
      const session = await whoAmI();
      setKnown({ kind: "known", session });
    } catch (error) {
      const isRefused = error instanceof ApiProblem && error.status === 401;
      setKnown((was) => {
        if (!isRefused) return was.kind === "known" ? was : { kind: "away" };
        // Asked again without a new reason: the one that is shown stays.
        return was.kind === "nobody" && why === null ? was : { kind: "nobody", why };
      });
    }
  }, []);

  useEffect(() => {
    // Who is signed in already stays so, whatever the address carried.
    void takeToken().then((came) => look(came === "taken" ? null : came));
    // A link with a token, opened while the page is here.
    const onHash = () =>
      void takeToken().then((came) => {
        if (came !== "taken") return;
        reconnect();
        void look();
      });
    addEventListener("hashchange", onHash);
    const unwatch = onTraffic((event) => {
      if (event === "signedOut") setKnown((was) => (was.kind === "nobody" ? was : { kind: "nobody", why: null }));
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
    const timer = setTimeout(() => void look(), AGAIN_MS);
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
  if (isSignInOfSite()) {
    const again = () => {
      reconnect();
      void look();
    };
    return <SiteSignIn onAgain={again} />;
  }
  return <SignIn key={known.why} why={known.why} onSession={enter} />;
}

/** Mounted in somebody's server, which knows who is signed in: nothing can be entered here. */
function SiteSignIn({ onAgain }: { readonly onAgain: () => void }) {
  return (
    <main className="gate">
      <div>
        <Brand />
        <h1>Sign in</h1>
        <p>This site does not know you. Sign in to it as you always do, then come back to this page.</p>
        <div className="btns">
          <Button kind="pri" onClick={onAgain}>
            Look again
          </Button>
        </div>
      </div>
    </main>
  );
}

const WORDS: Readonly<Record<Refusal, string>> = {
  unknownToken: "This token is not known here.",
  noCookies: "This browser keeps no cookies for this address. Allow them, then open the address again.",
};

/** What the address had, and why it did not do. */
const OF_ADDRESS: Readonly<Record<Refusal, string>> = {
  unknownToken:
    "The token in the address that you opened is not this server's: it was made anew since, or another folder's server printed it.",
  noCookies: WORDS.noCookies,
};

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

function SignIn({ why, onSession }: { readonly why: Refusal | null; readonly onSession: (session: Session) => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(why === null ? null : OF_ADDRESS[why]);
  const enter = async (event: FormEvent) => {
    event.preventDefault();
    try {
      onSession(await signIn(token.trim()));
    } catch (error) {
      setProblem(error instanceof SignInRefused ? WORDS[error.why] : (error as Error).message);
    }
  };
  return (
    <main className="gate">
      <form onSubmit={(event) => void enter(event)}>
        <Brand />
        <h1>Sign in</h1>
        <p>
          Open the address that holdfast serve printed: it carries the token. Or type <code>holdfast open</code> in the
          folder of your runs, or enter a token or an API key here.
        </p>
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
