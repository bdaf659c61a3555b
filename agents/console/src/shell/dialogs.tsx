// SPDX-License-Identifier: Apache-2.0
import { DialDialog } from "../call/dial_dialog";
import { EditCaseDialog } from "../case/edit_case_dialog";
import { OpenCaseDialog } from "../case/open_case_dialog";
import { OpenCasesDialog } from "../case/open_cases_dialog";
import { PromiseDialog } from "../case/promise_dialog";
import { ResolveCaseDialog } from "../case/resolve_case_dialog";
import { TransferCaseDialog } from "../case/transfer_case_dialog";
import { CompleteDialog } from "../conversation/complete_dialog";
import { TransferDialog } from "../conversation/transfer_dialog";
import { WriteDialog } from "../mail/write_dialog";
import { SearchDialog } from "../search/search_dialog";
import { PhoneDialog } from "../softphone/phone_dialog";
import type { Dialog } from "../state/state";
import { ShortcutsDialog } from "./shortcuts_dialog";

/** The dialog that is open. */
export function OpenDialog({ dialog }: { dialog: Dialog }) {
  switch (dialog.kind) {
    case "transfer":
    case "consult":
      return <TransferDialog contactId={dialog.contactId} purpose={dialog.kind} />;
    case "complete":
      return <CompleteDialog contactId={dialog.contactId} />;
    case "dial":
      return <DialDialog number={dialog.number} customerId={dialog.customerId} />;
    case "write":
      return <WriteDialog to={dialog.to} customerId={dialog.customerId} />;
    case "phone":
      return <PhoneDialog />;
    case "shortcuts":
      return <ShortcutsDialog />;
    case "search":
      return <SearchDialog />;
    case "open-cases":
      return <OpenCasesDialog />;
    case "open-case":
      return <OpenCaseDialog customerId={dialog.customerId} contactId={dialog.contactId} />;
    case "edit-case":
      return <EditCaseDialog customerId={dialog.customerId} caseId={dialog.caseId} />;
    case "resolve-case":
      return <ResolveCaseDialog customerId={dialog.customerId} caseId={dialog.caseId} />;
    case "transfer-case":
      return <TransferCaseDialog customerId={dialog.customerId} caseId={dialog.caseId} />;
    case "promise":
      return <PromiseDialog customerId={dialog.customerId} caseId={dialog.caseId} />;
  }
}
