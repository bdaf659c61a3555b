// SPDX-License-Identifier: Apache-2.0
import { Icon } from "../parts/icon";
import { safeLink } from "../parts/safe_link";
import { sizeText } from "../parts/size_text";
import type { Text } from "../text/catalogue";
import type { Attachment } from "../wire/usher/context/v1/conversation";
import "./attachments.css";

/** The files of a message: links where they lead to a page, names where they do not. */
export function Attachments({ attachments, t }: { attachments: Attachment[]; t: Text }) {
  return (
    <ul class="attachments" aria-label={t("talk.attachments")}>
      {attachments.map((one, index) => {
        const link = safeLink(one.url);
        const name = one.name || one.mediaType || t("talk.attachment");
        return (
          <li key={index}>
            <Icon name="clip" size={16} />
            {link ? <a href={link} target="_blank" rel="noopener noreferrer">{name}</a> : <span>{name}</span>}
            <span class="faint">{sizeText(Number(one.sizeBytes ?? 0), t.locale)}</span>
          </li>
        );
      })}
    </ul>
  );
}
