"use strict";
// The table of recipients: everything is written as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const body = document.querySelector("#recipients tbody");
const [search, state, shown] = ["search", "state", "shown"].map((id) => document.getElementById(id));
const buttons = ["previous", "next"].map((id) => document.getElementById(id));
const LISTED = 100;
const PRINTED = 1000;
const texts = data.rows.map((row) => row.filter((_, place) => place !== data.state).join("\n").toLowerCase());
const count = new Intl.NumberFormat(document.documentElement.lang);
let matches = [];
let first = 0;

function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = state.value === "" ? null : Number(state.value);
  matches = [];
  data.rows.forEach((row, number) => {
    const isWanted = wanted === null || row[data.state] === wanted;
    if (isWanted && words.every((word) => texts[number].includes(word))) matches.push(row);
  });
  first = 0;
  draw(LISTED);
}

function cell(value, place) {
  const made = document.createElement("td");
  if (place === data.state) {
    made.className = data.kinds[value];
    made.textContent = data.fates[value];
  } else {
    made.textContent = value;
  }
  return made;
}

function draw(most) {
  const rows = matches.slice(first, first + most).map((row) => {
    const made = document.createElement("tr");
    made.append(...row.map(cell));
    return made;
  });
  body.replaceChildren(...rows);
  const range = [first + 1, first + rows.length, matches.length].map((number) => count.format(number));
  const words = { "{first}": range[0], "{last}": range[1], "{count}": range[2] };
  shown.textContent = rows.length ? data.shown.replace(/\{\w+\}/g, (name) => words[name]) : data.none;
  buttons[0].disabled = first === 0;
  buttons[1].disabled = first + most >= matches.length;
}

function turn(step) {
  first = Math.max(0, first + step);
  draw(LISTED);
}

search.addEventListener("input", find);
state.addEventListener("change", find);
buttons[0].addEventListener("click", () => turn(-LISTED));
buttons[1].addEventListener("click", () => turn(LISTED));
addEventListener("beforeprint", () => draw(PRINTED));
addEventListener("afterprint", () => draw(LISTED));
find();
