// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { BeginDialog } from "../conversation/begin_dialog";
import { addressMax, isMailAddress } from "../state/mail";

/** Begins a conversation by mail; the mail itself is written where all are. */
export function WriteDialog({ to = "", customerId }: { to?: string; customerId?: string }) {
  const { desk, t } = useApp();
  return (
    <BeginDialog
      title={t("write.title")}
      go={t("write.go")}
      icon="email"
      channel="CHANNEL_EMAIL"
      address={{ label: t("write.to"), type: "email", max: addressMax, given: to, isGood: isMailAddress }}
      subjectLabel={t("mail.subject")}
      onBegin={({ address, queue, subject }) => desk.mails.start({ to: address, queue, customerId, subject })}
    />
  );
}
