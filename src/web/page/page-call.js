// Runs a call between two ends in this page. Nothing here changes the page itself.
"use strict";

const CONNECT_WITHIN_MS = 15_000;
/** How long media flows in a test call. */
const CALL_FOR_MS = 3_000;

const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Generates a moving picture and a quiet tone. */
function generatedMedia() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const context = canvas.getContext("2d");
  const started = performance.now();
  const draw = () => {
    const seconds = (performance.now() - started) / 1000;
    ["#0b3d66", "#0b5cad", "#2f81d6", "#7fb6ee"].forEach((color, n) => {
      context.fillStyle = color;
      context.fillRect(n * 80, 0, 80, 180);
    });
    context.fillStyle = "#ffffff";
    context.beginPath();
    context.arc(160 + 110 * Math.cos(seconds * 2), 90 + 50 * Math.sin(seconds * 2), 22, 0, 2 * Math.PI);
    context.fill();
  };
  draw();
  const timer = setInterval(draw, 40);
  const stream = canvas.captureStream(25);
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const sink = audio.createMediaStreamDestination();
  tone.connect(sink);
  tone.start();
  sink.stream.getAudioTracks().forEach(track => stream.addTrack(track));
  return { stream, stop: () => { clearInterval(timer); audio.close(); } };
}

/** Returns camera and microphone if they are wanted and allowed, otherwise a generated picture and tone. */
async function media(wantsCamera) {
  if (!wantsCamera) return { ...generatedMedia(), source: "generated" };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    return { stream, source: "camera", stop: () => {} };
  } catch {
    return { ...generatedMedia(), source: "camera-refused" };
  }
}

/**
 * Runs a call between two connections in this page, through a relay if there is one. Passes its progress to `onProgress`:
 * {state: "connecting" | "connected" | "ok" | "failed", reason, relayed, ms, here, there, audio, video, message}.
 */
async function call(configuration, { stream, source }, greeting, onProgress, onStream) {
  const relayed = hasTurn(configuration);
  const found = { state: "connecting", relayed, source };
  const update = more => onProgress(Object.assign(found, more));
  const started = performance.now();
  const ends = [];
  update({});
  try {
    const iceTransportPolicy = relayed ? "relay" : configuration.iceTransportPolicy;
    ends.push(new RTCPeerConnection({ ...configuration, iceTransportPolicy }));
    ends.push(new RTCPeerConnection({ ...configuration, iceTransportPolicy }));
    const [here, there] = ends;
    here.onicecandidate = ({ candidate }) => candidate && there.addIceCandidate(candidate).catch(() => {});
    there.onicecandidate = ({ candidate }) => candidate && here.addIceCandidate(candidate).catch(() => {});
    there.ontrack = ({ streams }) => onStream(streams[0]);
    there.ondatachannel = ({ channel }) => { channel.onmessage = ({ data }) => channel.send(data); };
    const answered = echo(here.createDataChannel("test"), greeting);
    stream.getTracks().forEach(track => here.addTrack(track, stream));
    await connect(here, there);
    update({ state: "connected", ms: since(started), ...(await path(here, there)) });
    for (const end = performance.now() + CALL_FOR_MS; performance.now() < end; await wait(250)) {
      update(await received(there));
    }
    const message = await Promise.race([answered, wait(1000)]);
    const arrived = found.audio > 0 && found.video > 0 && message;
    update({ message, state: arrived ? "ok" : "failed", reason: arrived ? undefined : "no-media" });
  } catch (error) {
    update({ state: "failed", reason: error.reason ?? "call-rejected", text: error.message });
  }
  ends.forEach(end => end.close());
  return found;
}

/** Sends a message when the channel opens; resolves to the reply and the round-trip time in ms. */
function echo(channel, text) {
  return new Promise(resolve => {
    let sent;
    channel.onopen = () => { sent = performance.now(); channel.send(text); };
    channel.onmessage = ({ data }) => resolve({ text: data, ms: Math.max(1, since(sent)) });
  });
}

/** Connects both ends. Each end knows the other's description before candidates follow from it. */
async function connect(here, there) {
  const connected = new Promise((resolve, reject) => {
    const check = () => {
      const states = [here.connectionState, there.connectionState];
      if (states.every(state => state === "connected")) resolve();
      if (states.includes("failed")) reject({ reason: "not-connected" });
    };
    here.onconnectionstatechange = there.onconnectionstatechange = check;
    setTimeout(() => reject({ reason: "not-connected" }), CONNECT_WITHIN_MS);
  });
  connected.catch(() => {});
  const offer = await here.createOffer();
  await there.setRemoteDescription(offer);
  await here.setLocalDescription(offer);
  const answer = await there.createAnswer();
  await here.setRemoteDescription(answer);
  await there.setLocalDescription(answer);
  await connected;
}

/** Returns the pair in use: each end's own candidate, because the other end may see it differently. */
async function path(here, there) {
  const own = async connection => {
    const stats = await connection.getStats();
    const all = [...stats.values()];
    const transport = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
    const pair = stats.get(transport?.selectedCandidatePairId)
      ?? all.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    const candidate = stats.get(pair?.localCandidateId);
    if (!candidate) return null;
    const { candidateType: type, address, port, protocol, relayProtocol } = candidate;
    return { type, address: address ? place(address, port) : null, over: relayProtocol ?? protocol };
  };
  const [ours, theirs] = await Promise.all([own(here), own(there)]);
  return { here: ours, there: theirs };
}

/** Returns how many bytes of audio and video an end has received. */
async function received(connection) {
  const sums = { audio: 0, video: 0 };
  (await connection.getStats()).forEach(({ type, kind, bytesReceived }) => {
    if (type === "inbound-rtp") sums[kind] += bytesReceived ?? 0;
  });
  return sums;
}
