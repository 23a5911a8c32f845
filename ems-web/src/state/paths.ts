/** Addresses that every page asks for. */
export const TREE_PATH = "/v1/spaces/tree";
export const NEW_MESSAGES_PATH = "/v1/webmessagesnew";
export const ME_PATH = "/v1/users/me";
