// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import "./wordmark.css";

export function Wordmark() {
  const { t } = useApp();
  return (
    <span class="wordmark">
      <svg width="1.75rem" height="1.75rem" viewBox="0 0 32 32" aria-hidden="true">
        <rect class="wordmark-back" width="32" height="32" rx="9" />
        <path class="wordmark-line" d="M10 9v8a6 6 0 0 0 12 0V9" />
        <circle class="wordmark-dot" cx="22" cy="24.5" r="2" />
      </svg>
      <span>{t("app.name")}</span>
    </span>
  );
}
