// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { tokenIn } from "../app/token";
import { Wordmark } from "./wordmark";
import { Banner } from "./banner";
import "./sign_in.css";

/** Before the desk is open: a field for the sign-in link, or the wait for the server. */
export function SignIn() {
  const { state, desk, t, preferences, prefer } = useApp();
  const [given, setGiven] = useState("");
  const [bad, setBad] = useState(false);
  const { link } = state;
  const why = link.kind === "signed-out" ? link.why : undefined;

  const submit = (event: Event) => {
    event.preventDefault();
    const token = tokenIn(given);
    setBad(!token);
    if (token) desk.signIn(token);
  };

  return (
    <div class="gate">
      <Banner />
      <main class="gate-card">
        <Wordmark />
        {link.kind !== "signed-out" ? (
          <p class="gate-wait" role="status">
            <span class="spinner" aria-hidden="true" />
            {t("signin.connecting")}
          </p>
        ) : (
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
                autoFocus
                value={given}
                aria-invalid={bad}
                aria-describedby={bad ? "gate-bad" : undefined}
                onInput={(event) => setGiven(event.currentTarget.value)}
              />
            </label>
            {bad && <p id="gate-bad" class="gate-why" role="alert">{t("signin.bad")}</p>}
            <button class="button primary large" type="submit">{t("signin.go")}</button>
          </form>
        )}
      </main>
      <button
        class="button quiet small gate-language"
        type="button"
        lang={preferences.language === "en" ? "zh-CN" : "en"}
        onClick={() => prefer({ language: preferences.language === "en" ? "zh" : "en" })}
      >
        {preferences.language === "en" ? "简体中文" : "English"}
      </button>
    </div>
  );
}
