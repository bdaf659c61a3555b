// SPDX-License-Identifier: Apache-2.0
// What can be done with cases; every answer brings the case as it is now.
import type { Case } from "../wire/usher/context/v1/case";
import type { OpenCaseRequest, UpdateCaseRequest } from "../wire/usher/context/v1/case_service";
import { durationText } from "../state/time";
import { newId } from "./id";
import type { Page } from "./use_pages";
import type { Ways } from "./ways";

/** By when something is promised. */
export type PromiseBy = { localTime: string } | { businessHours: number };

const hourMs = 3_600_000;

const pageSize = 50;

export class CaseVerbs {
  constructor(private readonly ways: Ways) {}

  /** The open cases of an owner; of everybody where none is named, for supervisors. */
  async ofOwner(owner: string, pageToken: string): Promise<Page<Case>> {
    const { cases } = await this.ways.ask({ listCases: { owner, page: { pageSize, pageToken } } });
    return { items: cases?.cases ?? [], next: cases?.page?.nextPageToken ?? "" };
  }

  open(request: Omit<OpenCaseRequest, "requestId">): Promise<boolean> {
    return this.ways.act({ openCase: { ...request, requestId: newId() } });
  }

  update(one: Case, change: Omit<UpdateCaseRequest, "requestId" | "caseId" | "version">): Promise<boolean> {
    return this.ways.act({ updateCase: { ...change, requestId: newId(), caseId: one.id, version: one.version } });
  }

  transfer(one: Case, to: { agentId: string } | { queue: string }, reason: string): Promise<boolean> {
    return this.ways.act({ transferCase: { requestId: newId(), caseId: one.id, version: one.version, reason, ...to } });
  }

  promise(one: Case, text: string, by: PromiseBy): Promise<boolean> {
    const when = "localTime" in by ? by : { businessTime: durationText(by.businessHours * hourMs) };
    return this.ways.act({ makePromise: { requestId: newId(), caseId: one.id, text, ...when } });
  }

  keep(one: Case): Promise<boolean> {
    return this.ways.act({ keepPromise: { requestId: newId(), caseId: one.id } });
  }
}
