// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { useFocus } from "../parts/use_focus";

interface Props {
  label: string;
  go: string;
  onGo(reason: string): Promise<void>;
  onCancel(): void;
}

/** Asks why, before something that others will wonder about later. */
export function ReasonForm({ label, go, onGo, onCancel }: Props) {
  const { t } = useApp();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useFocus<HTMLInputElement>();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (reason.trim() === "") return;
    setBusy(true);
    await onGo(reason.trim());
    setBusy(false);
  };
  return (
    <form class="part-form" onSubmit={(event) => void submit(event)}>
      <input class="input" ref={field} aria-label={label} placeholder={label} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      <button class="button small primary" type="submit" disabled={busy || reason.trim() === ""}>{go}</button>
      <button class="button small quiet" type="button" onClick={onCancel}>{t("common.cancel")}</button>
    </form>
  );
}
