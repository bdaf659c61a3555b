// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import type { PageWord, ShowMail } from "../mail_page/words";
import { isPicture } from "./save_file";

/** An image within a mail that is larger is left out. */
const imageBytesMax = 5 * 1024 * 1024;
const imagesMax = 50;

/** A mail as its sender designed it, in a page of another origin: nothing in it acts, and nothing is loaded from elsewhere
 * until the agent asks for it. What the mail's HTML is stays a text here. */
export function MailFrame({ contactId, messageId, title }: { contactId: string; messageId: string; title: string }) {
  const { desk, t } = useApp();
  const frame = useRef<HTMLIFrameElement>(null);
  const [html, setHtml] = useState<string>();
  const [images, setImages] = useState<Record<string, string>>({});
  const [remote, setRemote] = useState(false);
  const [ready, setReady] = useState(false);
  const [blocked, setBlocked] = useState(0);
  const [tall, setTall] = useState(false);
  const [failed, setFailed] = useState(false);
  const asked = useRef(new Set<string>());

  useEffect(() => {
    let here = true;
    void desk.withFile(contactId, messageId, "html", async (bytes) => {
      const text = await bytes.text();
      if (here) setHtml(text);
    }).then((done) => here && setFailed(!done));
    return () => {
      here = false;
    };
  }, [contactId, messageId]);

  useEffect(() => {
    const hear = ({ source, data }: MessageEvent<PageWord | undefined>) => {
      if (source !== frame.current?.contentWindow) return;
      if (data?.usher === "mail-ready") setReady(true);
      if (data?.usher !== "mail-shown") return;
      setBlocked(Number(data.blocked) || 0);
      void fetchImages(Array.isArray(data.contentIds) ? data.contentIds.map(String) : []);
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, [contactId, messageId]);

  useEffect(() => {
    if (!ready || html === undefined) return;
    const word: ShowMail = { usher: "show-mail", html, title, images, remote };
    // The page has no origin that could be named.
    frame.current?.contentWindow?.postMessage(word, "*");
  }, [ready, html, images, remote]);

  const fetchImages = async (ids: string[]) => {
    const missing = ids.filter((id) => !asked.current.has(id)).slice(0, imagesMax - asked.current.size);
    if (missing.length === 0) return;
    for (const id of missing) asked.current.add(id);
    const read = await Promise.all(missing.map(async (id) => [id, await dataAddress(await desk.mails.files.read(contactId, messageId, `cid:${id}`).catch(() => undefined))] as const));
    const found = read.filter((one): one is [string, string] => one[1] !== undefined);
    if (found.length > 0) setImages((before) => ({ ...before, ...Object.fromEntries(found) }));
  };

  if (failed) return <p class="mail-frame-note" role="status">{t("mail.designed.failed")}</p>;
  return (
    <div class={`mail-frame ${tall ? "tall" : ""}`}>
      <div class="mail-frame-bar">
        {blocked > 0 && !remote && (
          <>
            <Icon name="shield" size={16} />
            <span>{t("mail.images.blocked", { count: blocked })}</span>
            <button class="button small" type="button" title={t("mail.images.show.detail")} onClick={() => setRemote(true)}>{t("mail.images.show")}</button>
          </>
        )}
        <button class="button quiet small" type="button" aria-pressed={tall} onClick={() => setTall(!tall)}>{t("mail.tall")}</button>
      </div>
      <iframe
        ref={frame}
        class="mail-frame-page"
        title={title}
        src="./mail/"
        sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"
        referrerpolicy="no-referrer"
      />
    </div>
  );
}

function dataAddress(bytes: Blob | undefined): Promise<string | undefined> {
  const type = bytes?.type.split(";")[0]?.trim();
  if (!bytes || bytes.size > imageBytesMax || !isPicture(type)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === "string" ? reader.result : undefined);
    reader.onerror = () => resolve(undefined);
    reader.readAsDataURL(bytes);
  });
}
