// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { useNow } from "../parts/use_now";
import "./banner.css";

/** While the connection is lost: says so, and when it is tried again. */
export function Banner() {
  const { state } = useApp();
  return state.link.kind === "reconnecting" ? <Reconnecting retryAt={state.link.retryAt} /> : null;
}

function Reconnecting({ retryAt }: { retryAt: number }) {
  const { desk, t } = useApp();
  const seconds = Math.ceil((retryAt - useNow(500)) / 1000);
  return (
    <div class="banner" role="status">
      <span class="spinner" aria-hidden="true" />
      <strong aria-live="off">
        {seconds > 1 ? t("link.reconnecting.in", { seconds }) : t("link.reconnecting")}
      </strong>
      <span class="banner-hint">{t("link.kept")}</span>
      <button class="button small" type="button" onClick={() => desk.hurry()}>{t("link.now")}</button>
    </div>
  );
}
