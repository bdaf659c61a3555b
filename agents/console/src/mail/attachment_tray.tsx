// SPDX-License-Identifier: Apache-2.0
import { useRef } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { sizeText } from "../parts/size_text";
import type { MailState } from "../state/mail";

/** The files that go with a mail, and those on their way to the server. */
export function AttachmentTray({ contactId, mail, disabled }: { contactId: string; mail: MailState; disabled: boolean }) {
  const { desk, t } = useApp();
  const { attachments } = mail.written;
  const tray = useRef<HTMLUListElement>(null);
  /** The button that was pressed goes: the next one has the focus then, or what is written. */
  const without = (at: number, remove: () => void) => {
    remove();
    requestAnimationFrame(() => {
      const buttons = tray.current?.querySelectorAll("button") ?? [];
      const next = buttons[Math.min(at, buttons.length - 1)] ?? document.getElementById("composer");
      next?.focus();
    });
  };
  if (attachments.length + mail.uploads.length === 0) return null;
  return (
    <ul ref={tray} class="mail-tray" aria-label={t("talk.attachments")}>
      {attachments.map((one, at) => (
        <li key={one.url} class="mail-file">
          <Icon name="clip" size={16} />
          <span class="ellipsis" title={one.name}>{one.name}</span>
          <span class="faint">{sizeText(Number(one.sizeBytes ?? 0), t.locale)}</span>
          <Remove name={one.name ?? ""} disabled={disabled} onRemove={() => without(at, () => desk.mails.detach(contactId, at))} />
        </li>
      ))}
      {mail.uploads.map((one, at) => (
        <li key={one.id} class={`mail-file ${one.failed ? "bad" : ""}`}>
          <Icon name={one.failed ? "alert" : "clip"} size={16} />
          <span class="ellipsis" title={one.name}>{one.name}</span>
          {one.failed ? <span role="alert">{one.failed}</span> : <progress aria-label={t("mail.files.going", { name: one.name })} max={1} value={one.done} />}
          <Remove name={one.name} onRemove={() => without(attachments.length + at, () => desk.mails.drop(contactId, one.id))} />
        </li>
      ))}
    </ul>
  );
}

function Remove({ name, disabled, onRemove }: { name: string; disabled?: boolean; onRemove(): void }) {
  const { t } = useApp();
  return (
    <button type="button" class="button quiet small icon" disabled={disabled} aria-label={t("mail.files.remove", { name })} title={t("mail.files.remove", { name })} onClick={onRemove}>
      <Icon name="close" size={14} />
    </button>
  );
}
