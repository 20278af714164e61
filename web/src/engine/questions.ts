import type { NumberStyle } from './decimal.ts'
import type { FromEngine, ToEngine } from './messages.ts'
import type { Panel } from './panel.ts'
import type { Question } from './question-messages.ts'

type Post = (message: FromEngine, transfer?: Transferable[]) => void

export function isQuestion(message: ToEngine): message is Question {
  return 'request' in message
}

/** Answers with what the panel shows now; a picture, and the first receipt, take a moment. */
export function answer(question: Question, panel: Panel<unknown>, style: NumberStyle, post: Post): void {
  const none = (): void => answerNone(question, post)
  const { request } = question
  const to = { panel: question.panel, request }
  switch (question.kind) {
    case 'panel-table':
      panel.postTable(request, style)
      break
    case 'panel-pick':
      post({ kind: 'picked', ...to, hit: panel.pick(question.at, style) })
      break
    case 'panel-picture':
      panel.picture(style).then((picture) => post({ kind: 'picture', ...to, picture }, [picture]), none)
      break
    case 'panel-receipt':
      // Its program is fetched when the first one is asked for.
      import('./receipt.ts')
        .then(({ receiptOf }) => receiptOf(panel.proof()))
        .then((receipt) => post({ kind: 'receipt', ...to, receipt }), none)
      break
  }
}

/** There is no such panel, or nothing of it yet: whoever asked is not kept waiting for what will not come. */
export function answerNone({ kind, panel, request }: Question, post: Post): void {
  const to = { panel, request }
  switch (kind) {
    case 'panel-table':
      post({ kind: 'table', ...to, symbol: '', seq: 0, columns: [], rows: [] })
      break
    case 'panel-pick':
      post({ kind: 'picked', ...to, hit: undefined })
      break
    case 'panel-picture':
      post({ kind: 'picture', ...to, picture: undefined })
      break
    case 'panel-receipt':
      post({ kind: 'receipt', ...to, receipt: undefined })
      break
  }
}
