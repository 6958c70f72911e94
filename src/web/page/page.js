// The page itself: handles input and shows results.
"use strict";

const $ = id => document.getElementById(id);
const SHOWN = 50;
/** The token is kept only here and in its field: it must not outlast the page on a shared computer. */
let token = "";
let listener = null;

const state = {
  running: false, began: null, configuration: null, error: null, rows: [], call: null,
  place: null, reactions: [], listening: null, refusal: null, sent: 0, received: [],
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
}

function showStatus() {
  const { running, error, rows, call, began } = state;
  const done = rows.filter(({ result }) => result).length;
  const total = error ? { verdict: "failed", sentence: error() } : summary(state);
  const now = call ? t("calling") : t("asking", done, rows.length);
  const shown = total ?? (running && rows.length ? { verdict: "waiting", sentence: now } : null);
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

function showReactions() {
  const focused = document.activeElement?.dataset?.reaction;
  $("listening").textContent = state.listening ? t(state.listening) : "";
  $("listening").className = state.listening === "listening" ? "listening on" : "listening";
  $("refusal").textContent = state.refusal?.() ?? "";
  $("reactions").replaceChildren(...state.reactions.map(({ shortName, imageURL }) => {
    const button = element("button", "reaction", image(imageURL, ""));
    Object.assign(button, { type: "button", title: shortName, onclick: () => send(shortName) });
    button.dataset.reaction = shortName;
    button.setAttribute("aria-label", t("send", shortName));
    return button;
  }));
  if (focused) (buttonOf(focused) ?? $("reactions").firstElementChild)?.focus();
}

const buttonOf = name => [...$("reactions").children].find(({ dataset }) => dataset.reaction === name);

const image = (src, alt) => Object.assign(document.createElement("img"), { src, alt, width: 28, height: 28 });

function showReceived() {
  const shown = state.received.slice(-SHOWN).reverse();
  $("received").replaceChildren(...shown.map(({ reaction, emoji, user, at }) => {
    const picture = state.reactions.find(({ shortName }) => shortName === reaction)?.imageURL;
    const time = at.toLocaleTimeString(language);
    return element("li", "", picture ? image(picture, "") : element("span", "emoji", emoji),
      element("span", "name", reaction), element("span", "from", t("from", user, time)));
  }));
  if (!shown.length) $("received").append(element("li", "none", t("received-none")));
}

async function start() {
  if (state.running) return;
  listener?.abort();
  token = $("token").value.trim();
  state.place = { team: $("team").value.trim(), channel: $("channel").value.trim() };
  Object.assign(state, { running: true, began: new Date(), error: null, configuration: null, rows: [], call: null });
  Object.assign(state, { reactions: [], listening: null, refusal: null, sent: 0, received: [] });
  showTexts();
  try {
    if (!("RTCPeerConnection" in window)) throw new Error(t("no-webrtc"));
    state.configuration = await getJson(token, "api/cowork/calls/ice");
    await loadReactions();
    listen(listener = new AbortController());
    await test();
  } catch (error) {
    state.error = () => explain(error);
  }
  state.running = false;
  showStatus();
}

/** Tests all servers at once, then makes the call. */
async function test() {
  const tested = servers(state.configuration);
  state.rows = tested.map(({ urls }) => ({ uri: urls, result: null }));
  const update = () => { showServers(); showStatus(); };
  update();
  await Promise.all(tested.map(async (server, n) => { state.rows[n].result = await testServer(server); update(); }));
  const source = await media($("camera").checked);
  $("sent").srcObject = source.stream;
  const greeting = decodeEmoji(state.reactions[0]) ?? "✓";
  const onProgress = found => { state.call = found; showCall(); showStatus(); };
  const onStream = stream => { $("arrived").srcObject = stream; };
  if (state.configuration.iceTransportPolicy === "relay" && !hasTurn(state.configuration)) {
    onProgress({ state: "failed", reason: "relay-only", source: source.source });
  } else {
    await call(state.configuration, source, greeting, onProgress, onStream);
  }
  [$("sent"), $("arrived")].forEach(freeze);
  source.stop();
  source.stream.getTracks().forEach(track => track.stop());
}

/** Keeps the last frame of a video as a still picture; it would turn black with its stream. */
function freeze(video) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  if (video.videoWidth) {
    canvas.getContext("2d").drawImage(video, 0, 0, 320, 180);
    video.poster = canvas.toDataURL();
  }
  video.srcObject = null;
}

/** Returns the emoji in a reaction's image, which is a text in an SVG. */
function decodeEmoji(reaction) {
  const [, data] = reaction?.imageURL.match(/^data:image\/svg\+xml;base64,(.*)$/) ?? [];
  const svg = data && new TextDecoder().decode(Uint8Array.from(atob(data), c => c.charCodeAt(0)));
  return svg?.match(/>([^<>]+)<\/text>/)?.[1];
}

async function loadReactions() {
  const list = await getJson(token, callPath(state.place, "reaction"));
  if (JSON.stringify(list) === JSON.stringify(state.reactions)) return;
  state.reactions = list;
  showReactions();
}

/** Listens until another test starts, and reconnects after each interruption. */
async function listen({ signal }) {
  const setListening = listening => { if (!signal.aborted) { state.listening = listening; showReactions(); } };
  setListening("joining");
  for (let pause = 500; !signal.aborted; pause = Math.min(2 * pause, 15_000)) {
    try {
      for await (const { event, data } of events(token, callPath(state.place, "events"), signal)) {
        if (event === "open") setListening("listening");
        if (event === "reaction") receive(JSON.parse(data));
        pause = 500;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) {
        setListening(null);
        state.refusal = () => explain(error);
        return showReactions();
      }
    }
    setListening("interrupted");
    await wait(pause);
  }
}

function receive(event) {
  state.received.push({ ...event, at: new Date() });
  showReceived();
  showStatus();
  if (!state.reactions.some(({ shortName }) => shortName === event.reaction)) refresh();
}

async function send(reaction) {
  state.refusal = null;
  try {
    await postJson(token, callPath(state.place, "reaction"), { reaction });
    state.sent += 1;
  } catch (error) {
    const isGone = error.status === 422;
    state.refusal = () => (isGone ? t("not-allowed", reaction) : explain(error));
    if (isGone) await refresh();
  }
  $("refusal").textContent = state.refusal?.() ?? "";
  showStatus();
}

/** Loads the reactions again, because the settings may have changed. Errors are shown when something is sent. */
const refresh = () => (state.place && state.configuration ? loadReactions().catch(() => {}) : undefined);

async function copy() {
  let key = "copied";
  try {
    await navigator.clipboard.writeText($("report").textContent);
  } catch {
    getSelection().selectAllChildren($("report"));
    key = "copy-failed";
  }
  $("copied").textContent = t(key);
  setTimeout(() => { $("copied").textContent = ""; }, 6000);
}

document.querySelectorAll("[data-language]").forEach(button => {
  button.onclick = () => { language = button.dataset.language; showTexts(); };
});
$("form").onsubmit = event => { event.preventDefault(); start(); };
$("copy").onclick = copy;
// The user may come back after changing the settings in another window.
window.onfocus = refresh;
$("channel").value = `test-${crypto.getRandomValues(new Uint16Array(1))[0].toString(16).padStart(4, "0")}`;
showTexts();
