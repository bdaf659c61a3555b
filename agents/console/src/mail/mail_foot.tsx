// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { Composer } from "../conversation/composer";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { MailComposer } from "./mail_composer";

/** Below the mails: the mail that is being written, or a note that only colleagues see. */
export function MailFoot({ contact }: { contact: Contact }) {
  const [note, setNote] = useState(false);
  if (note) return <Composer contact={contact} onBack={() => setNote(false)} />;
  return <MailComposer contact={contact} onNote={() => setNote(true)} />;
}
