// The page itself: handles input and shows results.
"use strict";

const $ = id => document.getElementById(id);
/** The token is kept only here and in its field: it must not outlast the page on a shared computer. */
let token = "";
let listener = null;

const state = {
  running: false, began: null, configuration: null, error: null, rows: [], call: null,
  place: null, reactions: [], listening: null, refusal: null, sent: 0, received: [], copied: null, copyTimer: 0,
};

/** Creates an element with a class and contents, without those that are empty. */
function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content.filter(part => part));
  return made;
}

const badge = verdict => element("span", `badge ${verdict}`, t(verdict));

function sentences({ sentence, remedy }) {
  return [sentence && element("p", "sentence", sentence), remedy && element("p", "remedy", remedy)];
}

function showTexts() {
  document.documentElement.lang = language;
  document.title = `${t("title")} – CoWork Calls`;
  document.querySelectorAll("[data-text]").forEach(at => { at.textContent = t(at.dataset.text); });
  document.querySelectorAll("[data-label]").forEach(at => at.setAttribute("aria-label", t(at.dataset.label)));
  document.querySelectorAll("[data-language]").forEach(at => {
    at.setAttribute("aria-pressed", String(at.dataset.language === language));
  });
  showStatus();
  showServers();
  showCall();
  showReactions();
  showReceived();
  showCopied();
}

function showStatus() {
  const { running, error, rows, call, began } = state;
  const done = rows.filter(({ result }) => result).length;
  const total = error ? { verdict: "failed", sentence: error() } : summary(state);
  const now = [done < rows.length && t("asking", done, rows.length), call && t(isOver(call) ? "called" : "calling")];
  const shown = total ?? (running && rows.length ? { verdict: "waiting", sentence: now.filter(part => part).join(" ") } : null);
  $("status").className = shown ? `status ${shown.verdict}` : "status";
  if ($("status").textContent !== (shown?.sentence ?? "")) $("status").textContent = shown?.sentence ?? "";
  // A disabled button would lose the focus, so the button only looks disabled.
  $("start").textContent = t(running ? "running" : began ? "again" : "start");
  $("start").setAttribute("aria-disabled", String(running));
  $("results").hidden = !state.configuration;
  if (state.configuration) $("report").textContent = report(state);
}

function showServers() {
  $("servers").replaceChildren(...state.rows.map(row => {
    const described = describeServer(row);
    const head = element("div", "server-head", badge(described.verdict), element("code", "", row.uri),
      row.result && element("span", "time", t("ms", row.result.ms)));
    return element("li", described.verdict, head, ...sentences(described));
  }));
}

function showCall() {
  $("call").hidden = !state.call;
  if (!state.call) return;
  const described = describeCall(state.call);
  $("call-verdict").replaceChildren(badge(described.verdict), ...sentences(described).filter(part => part));
  $("call-facts").replaceChildren(...described.facts.map(([label, value]) =>
    element("div", "", element("dt", "", label), element("dd", "", value))));
}

async function start() {
  if (state.running) return;
  listener?.abort();
  token = $("token").value.trim();
  showToken(false);
  state.place = { team: $("team").value.trim(), channel: $("channel").value.trim() };
  Object.assign(state, { running: true, began: new Date(), error: null, configuration: null, rows: [], call: null });
  Object.assign(state, { reactions: [], listening: null, refusal: null, sent: 0, received: [] });
  showTexts();
  try {
    if (!("RTCPeerConnection" in window)) throw { key: "no-webrtc" };
    state.configuration = await getJson(token, "api/cowork/calls/ice");
    await join();
    await test();
  } catch (error) {
    state.error = () => explain(error);
  }
  state.running = false;
  showStatus();
}

/** Joins the channel. Servers and calls can be tested without it. */
async function join() {
  try {
    await loadReactions();
    listen(listener = new AbortController());
  } catch (error) {
    if (error.status !== 403) throw error;
    state.refusal = () => explain(error);
    showListening();
  }
}

/** Tests all servers at once, and makes the call as soon as it can connect: it does not wait for the slowest server. */
async function test() {
  const tested = servers(state.configuration);
  state.rows = tested.map(({ urls }) => ({ uri: urls, result: null }));
  const update = () => { showServers(); showStatus(); };
  update();
  const results = tested.map(async (server, n) => {
    state.rows[n].result = await testServer(server);
    update();
    return state.rows[n].result;
  });
  await firstRelay(results.filter((_, n) => isTurn(tested[n].urls)));
  await makeCall();
  await Promise.all(results);
}

/** Waits for the first of these servers that works, or until all have failed. */
const firstRelay = results => Promise.any(results.map(async result => {
  if ((await result).verdict !== "ok") throw new Error();
})).catch(() => {});

async function makeCall() {
  const source = await media($("camera").checked);
  play($("sent"), source.stream);
  const [reaction] = state.reactions;
  const emoji = decodeEmoji(reaction?.imageURL) ?? "✓";
  const greeting = hasGlyphs(emoji) ? emoji : reaction.shortName;
  const onProgress = found => {
    state.call = found;
    // The pictures have to be kept before the call closes its ends.
    if (isOver(found)) [$("sent"), $("arrived")].forEach(freeze);
    showCall();
    showStatus();
  };
  const onStream = stream => play($("arrived"), stream);
  if (state.configuration.iceTransportPolicy === "relay" && !hasTurn(state.configuration)) {
    onProgress({ state: "failed", reason: "relay-only", source: source.source });
  } else {
    await call(state.configuration, source, greeting, onProgress, onStream);
  }
  source.stop();
  source.stream.getTracks().forEach(track => track.stop());
}

/** Plays a stream. Browsers would not begin by themselves while the video is outside the window. */
function play(video, stream) {
  if (video.srcObject === stream) return;
  video.removeAttribute("poster");
  video.srcObject = stream;
  video.play().catch(() => {});
}

/** Keeps the last frame of a video as a still picture; it would turn black with its stream. */
function freeze(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (width) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(video, 0, 0);
    video.poster = canvas.toDataURL();
  }
  video.srcObject = null;
}

function showToken(shown) {
  $("token").type = shown ? "text" : "password";
  $("show-token").setAttribute("aria-pressed", String(shown));
}

async function copy() {
  clearTimeout(state.copyTimer);
  showCopied(null);
  const copied = await copyReport();
  // A pause lets screen readers notice that the same text is there again.
  await wait(100);
  showCopied(copied ? "copied" : "copy-failed");
  state.copyTimer = setTimeout(() => showCopied(null), 6000);
}

async function copyReport() {
  try {
    await navigator.clipboard.writeText($("report").textContent);
    return true;
  } catch {
    getSelection().selectAllChildren($("report"));
    return document.execCommand("copy");
  }
}

function showCopied(key = state.copied) {
  state.copied = key;
  $("copied").textContent = key ? t(key) : "";
}

document.querySelectorAll("[data-language]").forEach(button => {
  button.onclick = () => { chooseLanguage(button.dataset.language); showTexts(); };
});
$("form").onsubmit = event => { event.preventDefault(); start(); };
$("show-token").onclick = () => showToken($("token").type === "password");
$("copy").onclick = copy;
// The user may come back after changing the settings in another window.
window.onfocus = refresh;
$("channel").value = `test-${crypto.getRandomValues(new Uint16Array(1))[0].toString(16).padStart(4, "0")}`;
showTexts();
