// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { useFocus } from "../parts/use_focus";
import { Wordmark } from "./wordmark";

/** The server ended the session and said not to come back by itself. */
export function Closed({ reason }: { reason: string }) {
  const { desk, t } = useApp();
  const button = useFocus<HTMLButtonElement>();
  const taken = reason === "TAKEN_OVER";
  return (
    <div class="gate">
      <main class="gate-card" role="alert">
        <Wordmark />
        <div>
          <h1>{t(taken ? "closed.TAKEN_OVER.title" : "closed.title")}</h1>
          <p class="soft">{taken ? t("closed.TAKEN_OVER.detail") : t("closed.detail", { reason })}</p>
        </div>
        <button class="button primary large" type="button" ref={button} onClick={() => desk.reopen()}>
          {t(taken ? "closed.TAKEN_OVER.go" : "closed.go")}
        </button>
        <button class="button quiet" type="button" onClick={() => desk.forget()}>
          {t("menu.signout")}
        </button>
      </main>
    </div>
  );
}
