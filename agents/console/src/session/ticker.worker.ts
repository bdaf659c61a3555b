// SPDX-License-Identifier: Apache-2.0
// Ticks once a second. Browsers slow the timers of hidden pages to one a minute, but not those of
// workers, and an agent whose console is in the background must not count as lost.
setInterval(() => postMessage(0), 1000);
