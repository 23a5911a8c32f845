/** Addresses that every page asks for. */
export const TREE_PATH = "/spaces/tree";
export const NEW_MESSAGES_PATH = "/webmessagesnew";
