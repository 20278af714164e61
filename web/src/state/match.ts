/**
 * How well what was typed finds a text: 0 not at all, 1 at its very beginning. Every word typed must be found, in any order: as the beginning of a
 * word, inside one, or letter by letter from one on (`btcu` finds `BTC-USD`). What is found only in the further words counts less.
 */
export function matchScore(query: string, title: string, words = ''): number {
  const wanted = fold(query).split(' ').filter(Boolean)
  const [inTitle, inWords] = [fold(title), fold(words)]
  let total = 0
  for (const word of wanted) {
    const score = Math.max(scoreOf(word, inTitle), 0.7 * scoreOf(word, inWords))
    if (score === 0) return 0
    total += score
  }
  return wanted.length === 0 ? 1 : total / wanted.length
}

function scoreOf(word: string, text: string): number {
  if (text.startsWith(word)) return 1
  if (text.includes(` ${word}`)) return 0.9
  if (word.length > 1 && text.includes(word)) return 0.6
  return 0.5 * spread(word, text)
}

/** The letters in their order, the first of them at the start of a word: 1 where they stand together, less the further apart they are. */
function spread(word: string, text: string): number {
  let best = 0
  for (let start = 0; start !== -1; start = nextWord(text, start)) {
    let at = start
    if (text[at] !== word[0]) continue
    for (const letter of word.slice(1)) {
      at = text.indexOf(letter, at + 1)
      if (at === -1) break
    }
    if (at !== -1) best = Math.max(best, word.length / (at - start + 1))
  }
  // Letters scattered over a whole sentence are no match a person would see.
  return best >= 0.3 ? best : 0
}

function nextWord(text: string, from: number): number {
  const space = text.indexOf(' ', from)
  return space === -1 ? -1 : space + 1
}

/** Lower case without accents; what is neither letter nor digit parts words, but for the point in a number. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}.]+/gu, ' ')
    .trim()
}
