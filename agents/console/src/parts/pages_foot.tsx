// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import type { Pages } from "../app/use_pages";
import { Failure } from "./failure";

/** What stands below a list that is read page by page: that it is empty, late or failed, or more of it. */
export function PagesFoot<Item>({ pages, empty }: { pages: Pages<Item>; empty: string }) {
  const { t } = useApp();
  if (pages.error) return <Failure error={pages.error} onRetry={pages.loaded ? pages.older : pages.again} />;
  if (pages.busy && pages.items.length === 0) return <p class="empty">{t("common.loading")}</p>;
  if (pages.more) {
    return (
      <button class="button small pages-older" type="button" disabled={pages.busy} onClick={pages.older}>
        {t("history.older")}
      </button>
    );
  }
  return pages.items.length === 0 ? <p class="empty">{empty}</p> : null;
}
