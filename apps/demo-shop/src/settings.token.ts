/** Token of the process's settings, see `ShopSettings`. */
export const SETTINGS = Symbol('SETTINGS');
