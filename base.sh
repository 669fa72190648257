. /tmp/hs3/env.sh
for n in k1 k2 k3 p1 p2 p3 p4 p5 p6 p7; do timeout 400 python /tmp/hs3/driver.py /tmp/hs2/$n.py > /tmp/hs3/b_$n.txt 2>&1; done
