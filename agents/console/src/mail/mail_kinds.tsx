// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon, type IconName } from "../parts/icon";
import { type Mail, othersOf, type Written } from "../state/mail";
import type { MailAddress } from "../wire/usher/context/v1/conversation";

type Choice = "answer" | "all" | "forward" | "new";
const icons: Record<Choice, IconName> = { answer: "reply", all: "reply-all", forward: "forward", new: "edit" };

interface Props {
  written: Written;
  /** The newest mail that came; absent in a conversation that an agent began. */
  newest: Mail | undefined;
  answered: MailAddress | undefined;
  /** The mailboxes' own addresses. */
  own: string[];
  disabled: boolean;
  onChange(change: Partial<Written>): void;
}

/** What the mail is. Changing it keeps the text and the files. */
export function MailKinds({ written, newest, answered, own, disabled, onChange }: Props) {
  const { t } = useApp();
  const others = othersOf(newest, answered, own);
  // Where ours are not known, one of the others is the mailbox itself.
  const more = others.cc.length > (own.length > 0 ? 0 : 1);
  const choices: Choice[] = newest ? (more ? ["answer", "all", "forward", "new"] : ["answer", "forward", "new"]) : written.kind === "KIND_ANSWER" ? ["answer", "new"] : ["new"];
  const now: Choice = written.kind === "KIND_FORWARD" ? "forward" : written.kind === "KIND_NEW" ? "new" : written.all && choices.includes("all") ? "all" : "answer";
  const choose = (choice: Choice) => {
    const fresh = { to: [], cc: [], all: false, about: "", subject: "" };
    if (choice === "answer") onChange({ ...fresh, kind: "KIND_ANSWER" });
    if (choice === "all") onChange({ ...fresh, ...others, all: true, kind: "KIND_ANSWER" });
    if (choice === "new") onChange({ ...fresh, kind: "KIND_NEW", to: answered ? [answered] : [] });
    if (choice === "forward") onChange({ ...fresh, kind: "KIND_FORWARD", about: newest?.first.id ?? "", subject: forwardSubject(newest?.first.mail?.subject ?? "") });
  };
  return (
    <div class="mail-kinds" role="group" aria-label={t("mail.kind")}>
      {choices.map((one) => (
        <button key={one} type="button" class="button quiet small" disabled={disabled} aria-pressed={one === now} onClick={() => one !== now && choose(one)}>
          <Icon name={icons[one]} size={16} />
          <span class="mail-kind-word">{t(`mail.kind.${one}`)}</span>
        </button>
      ))}
    </div>
  );
}

function forwardSubject(subject: string): string {
  return /^fwd?:/i.test(subject) ? subject : `Fwd: ${subject}`.trim();
}
