/** The mark and the name. */
export function Brand({ slim = false }: { slim?: boolean }) {
  return (
    <span className="brand">
      <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
        <rect width="24" height="24" rx="6" fill="var(--accent)" />
        <path
          d="M5 14.5c2.2 0 2.4-5 4.6-5s2.4 5 4.6 5 2.4-5 4.8-5"
          fill="none"
          stroke="var(--accent-ink)"
          strokeWidth="2"
          strokeLinecap="round"
        />
      </svg>
      {!slim && <span>EMS</span>}
    </span>
  );
}
