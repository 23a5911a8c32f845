/** The reports whose headline stands on the home page. */
export const KPI_KINDS = ["energycategory", "cost", "carbon"] as const;
