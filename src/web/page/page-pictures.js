// Pictures of reactions. The server's pictures are text, which is a mere box where no font has the emoji: then the page
// draws the reaction itself.
"use strict";

const SKIN = 'fill="#ffc83d" stroke="#a8700a" stroke-width="1" stroke-linejoin="round"';
const FACE = `<circle cx="16" cy="16" r="13" ${SKIN}/>`;
const FINGER = 'fill="none" stroke-linecap="round"';
const THUMB = `<path d="M3 14h6v14H3z" fill="#2f81d6"/><path d="M10 14.5 15.5 3.5c3 0 4.2 2 3.7 4.5l-.8 4H26c2.2 0 3.4 2 2.7 4l-3.4 10c-.5 1.5-1.7 2.5-3.3 2.5H10z" ${SKIN}/>`;
const HAND = `<path d="M10.5 18V9M14.8 17V6M19.2 17V6.5M23.5 18V10" stroke="#a8700a" stroke-width="5" ${FINGER}/>
<path d="M8 16.5h18V20c0 6-3.5 9.5-8.5 9.5-4 0-6-2-7.8-4.700L4.6 18c-.8-1.5 1.4-3.2 2.9-1.700L9 18z" ${SKIN}/>
<path d="M10.5 19V9M14.8 18V6M19.2 18V6.5M23.5 19V10" stroke="#ffc83d" stroke-width="3.4" ${FINGER}/>`;

/** The default reactions, each in 32 by 32 units. */
const DRAWINGS = {
  ":thumbsup:": THUMB,
  ":thumbsdown:": `<g transform="matrix(1 0 0 -1 0 32)">${THUMB}</g>`,
  ":clap:": `<g transform="translate(9.5 9) rotate(14 10 20) scale(.66)">${HAND}</g>
    <g transform="translate(-1 8) rotate(-14 10 20) scale(.74)">${HAND}</g>
    <path d="M11 2.5v4M5.5 4l1.6 3.200M16.5 4l-1.6 3.2" stroke="#2f81d6" stroke-width="2" ${FINGER}/>`,
  ":heart:": '<path d="M16 28C6 20.5 3 16 3 11.300a7 7 0 0 1 13-3.5 7 7 0 0 1 13 3.5C29 16 26 20.5 16 28z" fill="#e0263f"/>',
  ":joy:": `${FACE}<path d="M8 13.5q2.8-4 5.6 0M18.4 13.5q2.8-4 5.6 0" stroke="#5c3a00" stroke-width="2" ${FINGER}/>
    <path d="M9 17.5h14a7 7 0 0 1-14 0z" fill="#5c3a00"/>
    <path d="M6 15c-3 3-4 5-2.8 6.7 1.4 1.6 3.8.6 4-1.700zM26 15c3 3 4 5 2.8 6.7-1.4 1.6-3.8.6-4-1.700z" fill="#2f9be6"/>`,
  ":open_mouth:": `${FACE}<g fill="#5c3a00"><ellipse cx="11.3" cy="13" rx="1.9" ry="2.5"/><ellipse cx="20.7" cy="13" rx="1.9" ry="2.5"/><ellipse cx="16" cy="21.5" rx="3.4" ry="4.3"/></g>`,
  ":tada:": `<path d="M3 29 10.5 11 21 21.5z" fill="#ffc83d" stroke="#a8700a" stroke-linejoin="round"/>
    <path d="M8.6 15.6 16.4 23.400M5.9 22 9.9 26" stroke="#e0263f" stroke-width="2.4"/>
    <path d="M15 11q-1-5 3-8M21 17q5 1 8-3M18 14q3-5 8-6" stroke="#2f81d6" stroke-width="2" ${FINGER}/>
    <g fill="#e0263f"><circle cx="11" cy="5" r="1.8"/><circle cx="28" cy="21" r="1.8"/></g>
    <g fill="#2a9d4a"><circle cx="23" cy="4" r="1.8"/><circle cx="28" cy="9.5" r="1.5"/></g>`,
  ":hand:": HAND,
};

/** Creates the picture of a reaction: the server's, or a drawing where that is not readable. Its name is beside it. */
function picture(shortName, imageURL, emoji = decodeEmoji(imageURL)) {
  const isReadable = (!emoji || hasGlyphs(emoji)) && (hasEmojiFont() || !DRAWINGS[shortName]);
  const src = isReadable ? imageURL : draw(DRAWINGS[shortName] ?? tile(shortName));
  const made = Object.assign(document.createElement("img"), { src, alt: "", width: 28, height: 28 });
  // Other fonts have some emojis as well, in black.
  made.classList.toggle("black", isReadable && !hasEmojiFont());
  return made;
}

const hasEmojiFont = () => hasGlyphs("👍🎉");

function draw(drawing) {
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawing}</svg>`)}`;
}

/** Draws the first letters of a name on a colour of its own. */
function tile(shortName) {
  const letters = shortName.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 2).toUpperCase();
  const hue = [...shortName].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 0);
  return `<rect x="1" y="1" width="30" height="30" rx="8" fill="hsl(${hue} 55% 32%)"/>
    <text x="16" y="21" font-family="sans-serif" font-size="14" font-weight="bold" text-anchor="middle" fill="#fff">${letters}</text>`;
}

/** Writes an emoji, as the server does. */
const write = emoji => draw(`<text x="16" y="16" font-size="25.6" font-family="Apple Color Emoji,Segoe UI Emoji,Noto Color Emoji,sans-serif" text-anchor="middle" dominant-baseline="central">${emoji}</text>`);

/** Returns the emoji in a picture of the server, which is a text in an SVG. */
function decodeEmoji(imageURL) {
  const [, data] = imageURL?.match(/^data:image\/svg\+xml;base64,(.*)$/) ?? [];
  const svg = data && new TextDecoder().decode(Uint8Array.from(atob(data), c => c.charCodeAt(0)));
  return svg?.match(/>([^<>]+)<\/text>/)?.[1];
}

/** What only changes other characters: joiners, variation selectors, skin tones and tags. */
const MODIFIERS = /[\u200d\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]/gu;

/** Returns whether fonts have an emoji: what they lack has the size of a character that does not exist. */
function hasGlyphs(emoji) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = "32px sans-serif";
  const size = text => {
    const { width, actualBoundingBoxLeft: left, actualBoundingBoxRight: right, actualBoundingBoxAscent: top } =
      context.measureText(text);
    return [width, left, right, top].join();
  };
  // Firefox draws the number of the character, so compare with one of as many digits.
  return [...emoji.replace(MODIFIERS, "")].every(c => size(c) !== size(c.length > 1 ? "\u{1fffd}" : "\u2fe0"));
}
