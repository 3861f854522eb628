/**
 * Where a test's clock starts: 2020-01-02T00:00:00Z, a whole number of days and of weeks after the epoch, so that a pane
 * of any usual size starts at 0s.
 */
export const START_US = 18_263 * 86_400_000_000;
