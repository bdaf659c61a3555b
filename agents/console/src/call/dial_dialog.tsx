// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { BeginDialog } from "../conversation/begin_dialog";
import { isNumber } from "../state/call";

const numberMax = 64;

/** Calls a number for a queue; of a customer where it comes from one. */
export function DialDialog({ number = "", customerId }: { number?: string; customerId?: string }) {
  const { desk, t } = useApp();
  return (
    <BeginDialog
      title={t("dial.title")}
      go={t("dial.go")}
      icon="voice"
      channel="CHANNEL_VOICE"
      address={{ label: t("dial.number"), type: "tel", max: numberMax, given: number, isGood: isNumber }}
      subjectLabel={t("dial.subject")}
      onBegin={({ address, queue, subject }) => desk.calls.place({ number: address, queue, customerId, subject })}
    />
  );
}
