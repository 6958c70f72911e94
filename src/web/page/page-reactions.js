// The reactions of the channel: sends them, and listens to those of all participants.
"use strict";

/** How many of the received reactions are shown. */
const SHOWN = 50;
/** Errors that last until the user changes something: token, channel or address of the page. */
const LASTING = [401, 403, 421];

function showReactions() {
  const focused = document.activeElement?.dataset?.reaction;
  showListening();
  $("reactions").replaceChildren(...state.reactions.map(({ shortName, imageURL }) => {
    const button = element("button", "reaction", picture(shortName, imageURL), element("span", "name", ...breakable(shortName)));
    Object.assign(button, { type: "button", title: shortName, onclick: () => send(shortName) });
    button.dataset.reaction = shortName;
    button.setAttribute("aria-label", t("send", shortName));
    return button;
  }));
  if (focused) (buttonOf(focused) ?? $("reactions").firstElementChild)?.focus();
}

/** Leaves the buttons alone: a click on one that is replaced meanwhile is lost. */
function showListening() {
  $("listening").textContent = state.listening ? t(state.listening) : "";
  $("listening").className = state.listening === "listening" ? "listening on" : "listening";
  showRefusal();
}

/** Lets a name break after each underscore. */
const breakable = name => name.split(/(?<=_)/).flatMap(part => [part, document.createElement("wbr")]);

const buttonOf = name => [...$("reactions").children].find(({ dataset }) => dataset.reaction === name);

function showRefusal() {
  $("refusal").textContent = state.refusal?.() ?? "";
}

function showReceived() {
  const shown = state.received.slice(-SHOWN).reverse();
  $("received").replaceChildren(...shown.map(({ reaction, emoji, user, at }) => element("li", "",
    picture(reaction, write(emoji), emoji), element("span", "name", reaction),
    element("span", "from", t("from", user, at.toLocaleTimeString(language))))));
  if (!shown.length) $("received").append(element("li", "none", t("received-none")));
}

async function loadReactions() {
  const list = await getJson(token, callPath(state.place, "reaction"));
  if (JSON.stringify(list) === JSON.stringify(state.reactions)) return;
  state.reactions = list;
  showReactions();
}

/** Listens until another test starts, and reconnects after each interruption. */
async function listen({ signal }) {
  const setListening = listening => { if (!signal.aborted) { state.listening = listening; showListening(); } };
  setListening("joining");
  let last = null;
  for (let pause = 500; !signal.aborted; pause = Math.min(2 * pause, 15_000)) {
    try {
      for await (const { event, data, id } of events(token, callPath(state.place, "events"), signal, last)) {
        if (event === "open") {
          state.refusal = null;
          setListening("listening");
        }
        if (event === "reaction") receive(JSON.parse(data));
        last = id ?? last;
        pause = 500;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (LASTING.includes(error.status) || error.status === 429) state.refusal = () => explain(error);
      if (LASTING.includes(error.status)) return setListening(null);
      if (error.retryAfter) pause = Math.max(pause, 1000 * error.retryAfter);
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
  showRefusal();
  showStatus();
}

/** Loads the reactions again, because the settings may have changed. Errors are shown when something is sent. */
const refresh = () => (state.place && state.configuration ? loadReactions().catch(() => {}) : undefined);
