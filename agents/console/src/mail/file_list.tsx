// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { sizeText } from "../parts/size_text";
import type { Attachment } from "../wire/usher/context/v1/conversation";
import { isPicture, saveFile } from "./save_file";
import "./file_list.css";

interface Props {
  contactId: string;
  messageId: string;
  /** With their places in the message. */
  files: { one: Attachment; at: number }[];
}

/** Files that lie at an adapter, read with the agent's token: saved, and pictures looked at here. */
export function FileList({ contactId, messageId, files }: Props) {
  const { t } = useApp();
  return (
    <ul class="files" aria-label={t("talk.attachments")}>
      {files.map(({ one, at }) => <File key={at} contactId={contactId} messageId={messageId} one={one} at={at} />)}
    </ul>
  );
}

function File({ contactId, messageId, one, at }: { contactId: string; messageId: string; one: Attachment; at: number }) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const [seen, setSeen] = useState("");
  const name = one.name || one.mediaType || t("talk.attachment");
  useEffect(() => () => (seen === "" ? undefined : URL.revokeObjectURL(seen)), [seen]);
  const read = async (then: (bytes: Blob) => void) => {
    setBusy(true);
    await desk.withFile(contactId, messageId, at, then);
    setBusy(false);
  };
  const look = () => (seen ? setSeen("") : void read((bytes) => setSeen(URL.createObjectURL(new Blob([bytes], { type: one.mediaType })))));
  return (
    <li class="file">
      <span class="file-line">
        <Icon name="clip" size={16} />
        <span class="ellipsis" title={name}>{name}</span>
        <span class="faint">{sizeText(Number(one.sizeBytes ?? 0), t.locale)}</span>
        {isPicture(one.mediaType) && (
          <button class="button quiet small" type="button" disabled={busy} aria-expanded={seen !== ""} aria-label={t("mail.file.look", { name })} onClick={look}>
            {t(seen ? "mail.file.hide" : "mail.file.show")}
          </button>
        )}
        <button class="button quiet small" type="button" disabled={busy} aria-label={t("mail.file.save.of", { name })} onClick={() => void read((bytes) => saveFile(bytes, name))}>
          {t("mail.file.save")}
        </button>
      </span>
      {seen && <img class="file-picture" src={seen} alt={name} />}
    </li>
  );
}
