import type { Subscription } from '@depthcast/client'

type Wanted = Parameters<Subscription<unknown>['modify']>[0]

/** Changes asked of a subscription. A refused one leaves all as it was. */
export class Changes {
  #underWay = 0
  #refusal: string | undefined

  get isUnderWay(): boolean {
    return this.#underWay > 0
  }

  /** Why the last of them was refused, if it was. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  ask(subscription: Subscription<unknown>, wanted: Wanted): void {
    this.#underWay += 1
    const answered = (refusal?: string): void => {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#refusal = refusal
    }
    subscription.modify(wanted).then(
      () => answered(),
      (error: unknown) => answered(error instanceof Error ? error.message : String(error)),
    )
  }
}
