def reconciliation(x): return str(x)[:3000]
def picture(x,p): pass
