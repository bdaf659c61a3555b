// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { tokenIn } from "../app/token";
import { useFocus } from "../parts/use_focus";
import { languageNames } from "../text/catalogue";
import { Banner } from "./banner";
import { Wordmark } from "./wordmark";
import "./sign_in.css";

/** Before the desk is open: a field for the sign-in link, or the wait for the server. */
export function SignIn() {
  const { state, t, preferences, prefer } = useApp();
  const other = preferences.language === "en" ? "zh" : "en";
  return (
    <div class="gate">
      <Banner />
      <main class="gate-card">
        <Wordmark />
        {state.link.kind === "signed-out" ? (
          <SignInForm why={state.link.why} />
        ) : (
          <p class="gate-wait" role="status">
            <span class="spinner" aria-hidden="true" />
            {t("signin.connecting")}
          </p>
        )}
      </main>
      <button class="button quiet small" type="button" lang={other} onClick={() => prefer({ language: other })}>
        {languageNames[other]}
      </button>
    </div>
  );
}

function SignInForm({ why }: { why?: "TOKEN_EXPIRED" | "TOKEN_REFUSED" }) {
  const { desk, t } = useApp();
  const [given, setGiven] = useState("");
  const [bad, setBad] = useState(false);
  const field = useFocus<HTMLInputElement>();
  const submit = (event: Event) => {
    event.preventDefault();
    const token = tokenIn(given);
    setBad(!token);
    if (token) desk.signIn(token);
  };
  return (
    <form class="gate-form" onSubmit={submit}>
      <div>
        <h1>{t("signin.title")}</h1>
        <p class="soft">{t("signin.hint")}</p>
      </div>
      {why && <p class="gate-why" role="alert">{t(`signin.${why}`)}</p>}
      <label class="field">
        <span>{t("signin.token")}</span>
        <input
          class="input"
          type="password"
          autoComplete="off"
          spellcheck={false}
          ref={field}
          value={given}
          aria-invalid={bad}
          aria-describedby={bad ? "gate-bad" : undefined}
          onInput={(event) => setGiven(event.currentTarget.value)}
        />
      </label>
      {bad && <p id="gate-bad" class="gate-why" role="alert">{t("signin.bad")}</p>}
      <button class="button primary large" type="submit">{t("signin.go")}</button>
    </form>
  );
}
