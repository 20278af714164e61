import fc from 'fast-check'

// Runs before each test file. A test command that says no one day and yes the next says nothing of the change it is run for: properties are
// drawn from one seed, until another is asked for, `random` for one that nobody knows.
const seed = process.env.PROPERTY_SEED ?? '20261121'
if (seed !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
